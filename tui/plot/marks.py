"""The colours and marks of series: colour-blind safe, and distinct without colour."""

from __future__ import annotations

from dataclasses import dataclass

from tui.plot.series import OF_SEVERAL, Series

# Okabe and Ito's palette (jfly.uni-koeln.de/color), nearest of the terminal's 256 colours.
PALETTE = (32, 172, 36, 175, 74, 166, 178)
POINTS = "●▲■◆▼★"
CONTROL_POINTS = {
    "shuffled_labels": "○",
    "untrained": "△",
    "bag_of_words": "□",
    "length": "◇",
    "control_task": "☆",
    "random_direction": "▽",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GREY = 245


@dataclass(frozen=True)
class Look:
    """Characters and colour of a series."""

    colour: int
    point: str
    line: str
    whisker: str
    band: str


def look_of(one: Series, ascii: bool) -> Look:
    """The look of a series: a filled mark for a probe, a hollow one in its colour for a control."""
    colour = GREY if one.index == OF_SEVERAL else PALETTE[one.index % len(PALETTE)]
    if one.control == "majority":
        return Look(colour, "-", "-", "|", ":") if ascii else Look(colour, "╌", "╌", "╎", "·")
    if ascii:
        point = one.control[0] if one.control else LETTERS[one.index % len(LETTERS)]
        return Look(colour, point, "." if one.control else "*", "|", ":")
    point = CONTROL_POINTS.get(one.control, POINTS[one.index % len(POINTS)])
    line = "·" if one.control else "braille"
    return Look(colour, point, line, "┊" if one.control else "│", "░")


@dataclass(frozen=True)
class _Chance:
    """The look of the chance level."""

    colour: int = GREY

    def look(self, ascii: bool) -> Look:
        """Its dotted line."""
        mark = "." if ascii else "┄"
        return Look(self.colour, mark, mark, mark, mark)


CHANCE = _Chance()
