"""Curves on a canvas: marks, whiskers, bands and levels, and what lies off the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.plot.axis import Axis
from tui.plot.drawing.canvas import Canvas
from tui.plot.drawing.fitting import Interval, bounds_of
from tui.plot.drawing.plotext_cells import Place
from tui.plot.drawing.scales import Vertical
from tui.plot.marks import Look
from tui.plot.series import Series, is_shared

SLACK = 1.1  # steps of a relative axis are rounded


@dataclass
class Drawing:
    """A canvas with its axes; `ascii` says which marks stand for what is off them."""

    canvas: Canvas
    x: Axis
    y: Vertical
    ascii: bool = False

    def column(self, at: float) -> float:
        """The column of a place of the x axis, its middle."""
        return (at - self.x.low) / (self.x.high - self.x.low) * self.canvas.width

    def row(self, value: float) -> float:
        """The row of a value, moved to the edge if it is off the axis."""
        axis = self.y.axis
        share = (axis.high - axis.clip(self.y.place(value))) / (axis.high - axis.low)
        return share * (self.canvas.height - 1) + 0.5

    def edge(self, side: int) -> tuple[float, str]:
        """The row and the mark of what lies below (-1) or above the axis."""
        down, up = "v^" if self.ascii else "▾▴"
        return (self.canvas.height - 0.5, down) if side < 0 else (0.5, up)

    def level(self, value: float, look: Look) -> None:
        """A line through the whole width, or a mark at its end if it is off the axis."""
        if side := self.y.hides(value):
            row, mark = self.edge(side)
            self.canvas.under(self.canvas.width - 1, row, mark, look.colour)
            return
        row, char = self.row(value), "⠒" if look.line == "braille" else look.line
        for column in range(self.canvas.width):
            self.canvas.put(column, row, char, look.colour)

    def flat(self, one: Series, look: Look) -> None:
        """The level of what has no layer, marked at its ends."""
        if one.flat is None:
            return
        self.level(one.flat.value, look)
        if not self.y.hides(one.flat.value):
            for column in (0, self.canvas.width - 1):
                self.canvas.put(column, self.row(one.flat.value), look.point, look.colour)

    def places(self, one: Series, aside: int) -> list[Place]:
        """The column and the value of each point that has a layer."""
        points = [point for point in one.points if point.layer is not None]
        return [(self.column(point.layer or 0) + aside, point.value) for point in points]

    def marks(self, one: Series, look: Look, aside: int) -> None:
        """The mark of each point."""
        for column, value in self.places(one, aside):
            self._mark(column, value, look)

    def _mark(self, column: float, value: float, look: Look) -> None:
        if side := self.y.hides(value):
            row, mark = self.edge(side)
            self.canvas.put(column, row, mark, look.colour)
        else:
            self.canvas.put(column, self.row(value), look.point, look.colour)

    def whiskers(self, one: Series, look: Look, interval: Interval, aside: int) -> None:
        """The interval of every point as an upright line."""
        for point in one.points:
            low, high = bounds_of(one, point, interval)
            if low is None or high is None:
                continue
            if point.layer is not None:
                self._whisker(self.column(point.layer) + aside, low, high, look)
            elif not is_shared(one.key):
                for column in (0, self.canvas.width - 1):
                    self._whisker(column, low, high, look)

    def _whisker(self, column: float, low: float, high: float, look: Look) -> None:
        if self.y.hides(low) and self.y.hides(low) == self.y.hides(high):
            return
        self.canvas.column(column, self.row(high), self.row(low), look.whisker, look.colour)

    def band(self, one: Series, look: Look, interval: Interval) -> None:
        """The intervals of neighbouring points as one shade."""
        for column, top, bottom in self.band_cells(one, interval):
            self.canvas.column(column, top, bottom, look.band, look.colour)

    def band_cells(self, one: Series, interval: Interval) -> list[tuple[int, int, int]]:
        """The columns of a band, each with its first and last row."""
        known = [
            (point.layer, low, high)
            for point in one.points
            for low, high in [bounds_of(one, point, interval)]
            if point.layer is not None and low is not None and high is not None
        ]
        cells: dict[int, tuple[int, int]] = {}
        for left, right in pairwise(known):
            if right[0] - left[0] <= one.stride * SLACK:
                cells |= self._between(left, right)
        return [(column, *rows) for column, rows in sorted(cells.items())]

    def _between(
        self, left: tuple[int, float, float], right: tuple[int, float, float]
    ) -> dict[int, tuple[int, int]]:
        first, last = int(self.column(left[0])), int(self.column(right[0]))
        found = {}
        for column in range(first, last + 1):
            share = (column - first) / max(last - first, 1)
            low, high = (a + (b - a) * share for a, b in zip(left[1:], right[1:], strict=True))
            if not (self.y.hides(low) and self.y.hides(low) == self.y.hides(high)):
                found[column] = int(self.row(high)), int(self.row(low))
        return found


def overlap(bands: Sequence[Sequence[tuple[int, int, int]]]) -> bool:
    """Whether any two bands share a cell."""
    taken: dict[int, list[tuple[int, int]]] = {}
    for band in bands:
        for column, top, bottom in band:
            if any(top <= end and start <= bottom for start, end in taken.get(column, ())):
                return True
        for column, top, bottom in band:
            taken.setdefault(column, []).append((top, bottom))
    return False
