"""A plane of characters between two axes: points, lines, whiskers and shades are drawn onto it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from tui.plot.axis import Axis

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille cell, row by row
BLANK = 0x2800
LEAST_WIDTH, LEAST_HEIGHT = 16, 5
TOO_SMALL = "too small for the plot"


class Plane:
    """`width` columns and `height` lines, axes and their labels included.

    What is drawn later covers what was there, but lines, which join where they meet.
    """

    def __init__(self, x: Axis, y: Axis, width: int, height: int, *, ascii: bool) -> None:
        self.x, self.y, self.ascii = x, y, ascii
        self.margin = max(map(len, y.labels), default=0)
        self.columns, self.rows = max(width - self.margin - 1, 1), max(height - 2, 1)
        self._cells: dict[tuple[int, int], tuple[str, int | None]] = {}
        self._dots: dict[tuple[int, int], int] = {}

    def column(self, x: float) -> int:
        """The column of a value."""
        return _place(x, self.x.low, self.x.high, self.columns)

    def row(self, y: float) -> int:
        """The line of a value, from the top."""
        return self.rows - 1 - _place(y, self.y.low, self.y.high, self.rows)

    def put(self, column: int, row: int, mark: str, colour: int | None) -> None:
        """Draw a character into a cell."""
        self._cells[column, row] = (mark, colour)
        self._dots.pop((column, row), None)

    def point(self, x: float, y: float, mark: str, colour: int | None) -> None:
        """Draw a mark where a point lies, if it lies inside."""
        if not self.x.hides(x) and not self.y.hides(y):
            self.put(self.column(x), self.row(y), mark, colour)

    def upright(self, x: float, low: float, high: float, mark: str, colour: int | None) -> None:
        """Draw an upright line of characters."""
        top, foot = self.row(self.y.clip(high)), self.row(self.y.clip(low))
        for row in range(top, foot + 1):
            self.put(self.column(self.x.clip(x)), row, mark, colour)

    def line(self, xs: Sequence[float], ys: Sequence[float], mark: str, colour: int) -> None:
        """Draw a line through points, in dots of braille, or of `mark` where all is ASCII."""
        wide, tall = (1, 1) if self.ascii else (2, 4)
        size = self.columns * wide, self.rows * tall
        places = [
            (
                _place(self.x.clip(x), self.x.low, self.x.high, size[0]),
                size[1] - 1 - _place(self.y.clip(y), self.y.low, self.y.high, size[1]),
            )
            for x, y in zip(xs, ys, strict=True)
        ]
        for at, end in enumerate(places):
            for column, row in _between(places[max(at - 1, 0)], end):
                self._dot(column, row, mark, colour)

    def _dot(self, column: int, row: int, mark: str, colour: int) -> None:
        if self.ascii:
            self.put(column, row, mark, colour)
            return
        place = column // 2, row // 4
        dots = self._dots.get(place, 0) | DOTS[row % 4][column % 2]
        self._cells[place] = (chr(BLANK + dots), colour)
        self._dots[place] = dots

    def text(self) -> Text:
        """The plane with its axes."""
        lines = [self._line(row) for row in range(self.rows)]
        return Text("\n", no_wrap=True).join([*lines, *self._foot()])

    def _line(self, row: int) -> Text:
        at = {self.row(tick): label for tick, label in self._ticks(self.y)}
        corner = ("|", "+") if self.ascii else ("│", "┤")
        label = at.get(row)
        text = Text(f"{label or '':>{self.margin}}{corner[label is not None]}", no_wrap=True)
        cells = (self._cells.get((column, row), (" ", None)) for column in range(self.columns))
        for colour, run in groupby(cells, key=lambda cell: cell[1]):
            marks = "".join(mark for mark, _ in run)
            text.append(marks, "" if colour is None else f"color({colour})")
        return text

    def _foot(self) -> list[Text]:
        """The lower axis, and the labels of its ticks where they have room."""
        flat, corner, tick = "-++" if self.ascii else "─└┬"
        axis, labels, end = [flat] * self.columns, [" "] * (self.columns + self.margin + 1), -1
        for value, label in self._ticks(self.x):
            column = self.column(value)
            start = min(
                max(column + self.margin + 1 - len(label) // 2, 0), len(labels) - len(label)
            )
            axis[column] = tick
            if start > end:
                labels[start : start + len(label)] = label
                end = start + len(label)
        lower = f"{'':{self.margin}}{corner}{''.join(axis)}"
        return [Text(lower, no_wrap=True), Text("".join(labels), no_wrap=True)]

    @staticmethod
    def _ticks(axis: Axis) -> list[tuple[float, str]]:
        pairs = zip(axis.ticks, axis.labels, strict=True)
        return [(tick, label) for tick, label in pairs if not axis.hides(tick)]


def _place(value: float, low: float, high: float, size: int) -> int:
    share = (value - low) / (high - low) if high > low else 0.5
    return min(max(int(share * size), 0), size - 1)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line."""
    across, down = end[0] - start[0], end[1] - start[1]
    steps = max(abs(across), abs(down), 1)
    return [
        (start[0] + round(across * step / steps), start[1] + round(down * step / steps))
        for step in range(steps + 1)
    ]


def too_small(width: int, height: int) -> Text | None:
    """What stands where a plot has no room."""
    if width >= LEAST_WIDTH and height >= LEAST_HEIGHT:
        return None
    return Text(TOO_SMALL[: max(width, 0)], no_wrap=True)
