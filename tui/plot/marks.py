"""The colours and marks of series: colour-blind safe, and distinct without colour."""

from __future__ import annotations

from dataclasses import dataclass

from tui.plot import charset
from tui.plot.series import OF_SEVERAL, Series

# Okabe and Ito's palette (jfly.uni-koeln.de/color), nearest of the terminal's 256 colours, and
# of the 16 of poorer ones: blue, orange, green, purple, sky blue, vermillion, yellow.
PALETTE = (32, 172, 36, 175, 74, 166, 178)
SIXTEEN = (12, 3, 2, 13, 14, 9, 11)
POINTS = "●▲■◆▼★✚◀▶✖◉▣"
CONTROL_POINTS = {
    "shuffled_labels": "○",
    "untrained": "△",
    "bag_of_words": "□",
    "length": "◇",
    "control_task": "☆",
    "random_direction": "▽",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GREY, GREY_OF_SIXTEEN = 245, 8


@dataclass(frozen=True)
class Look:
    """Characters and colour of a series."""

    colour: int
    point: str
    line: str
    whisker: str
    band: str


def colour_of(index: int) -> int:
    """The colour of a probe by its place among the probes, or grey for what several share."""
    if index == OF_SEVERAL:
        return grey()
    palette = SIXTEEN if charset.is_sixteen() else PALETTE
    return palette[index % len(palette)]


def grey() -> int:
    """The colour of what belongs to no series."""
    return GREY_OF_SIXTEEN if charset.is_sixteen() else GREY


def look_of(one: Series, ascii: bool) -> Look:
    """The look of a series: a filled mark for a probe, a hollow one in its colour for a control."""
    colour = colour_of(one.index)
    if one.control == "majority":
        return Look(colour, "-", "-", "|", ":") if ascii else Look(colour, "╌", "╌", "╎", "·")
    if ascii:
        point = one.control[0] if one.control else LETTERS[one.index % len(LETTERS)]
        return Look(colour, point, "." if one.control else "*", "|", ":")
    point = CONTROL_POINTS.get(one.control, POINTS[one.index % len(POINTS)])
    line = "·" if one.control else "braille"
    return Look(colour, point, line, "┊" if one.control else "│", "░")


def chance_look(ascii: bool) -> Look:
    """The look of the chance level: a dotted line."""
    mark = "." if ascii else "┄"
    return Look(grey(), mark, mark, mark, mark)
