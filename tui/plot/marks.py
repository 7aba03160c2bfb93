"""The colours and marks of series: colour-blind safe, and distinct without colour."""

from __future__ import annotations

from dataclasses import dataclass

from tui.plot.series import Series

# Okabe and Ito's palette (jfly.uni-koeln.de/color), nearest of the terminal's 256 colours.
PALETTE = (32, 172, 36, 175, 74, 166, 178)
POINTS = "●▲■◆▼★"
CONTROL_POINTS = "○△□◇▽☆"
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
    """The look of a series: a filled mark for a probe, its hollow twin for a control."""
    colour = PALETTE[one.index % len(PALETTE)]
    if one.control == "majority":
        return Look(colour, "-", "-", "|", ":") if ascii else Look(colour, "╌", "╌", "╎", "·")
    if ascii:
        letter = LETTERS[one.index % len(LETTERS)]
        point = letter.lower() if one.control else letter
        return Look(colour, point, "." if one.control else "*", "|", ":")
    points = CONTROL_POINTS if one.control else POINTS
    point = points[one.index % len(points)]
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
