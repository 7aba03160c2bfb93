"""A canvas of character cells: a mark, its colour and the ground behind it for each.

A redraw is measured by `python -m benchmarks.plots`.
"""

from __future__ import annotations

from itertools import groupby

NONE = -1


class Canvas:
    """Cells in rows from the top; coordinates are in cells, their whole part names a cell."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        n_cells = width * height
        self._chars = [" "] * n_cells
        self._inks = [NONE] * n_cells
        self._grounds = [NONE] * n_cells

    def put(self, x: float, y: float, char: str, ink: int) -> None:
        """A mark over whatever is there."""
        column, row = int(x), int(y)
        if 0 <= column < self.width and 0 <= row < self.height:
            at = row * self.width + column
            self._chars[at], self._inks[at] = char, ink

    def under(self, x: float, y: float, char: str, ink: int) -> None:
        """A mark where nothing is."""
        column, row = int(x), int(y)
        if 0 <= column < self.width and 0 <= row < self.height and self._is_blank(column, row):
            self.put(x, y, char, ink)

    def _is_blank(self, column: int, row: int) -> bool:
        return self._chars[row * self.width + column] == " "

    def stripe(self, start: float, end: float, ground: int) -> None:
        """A ground behind the columns from `start` to `end`."""
        for column in range(max(int(start), 0), min(int(end), self.width - 1) + 1):
            for at in range(column, len(self._grounds), self.width):
                self._grounds[at] = ground

    def column(self, x: float, y: float, end: float, char: str, ink: int) -> None:
        """A mark in every cell between two heights of a column."""
        for row in range(int(min(y, end)), int(max(y, end)) + 1):
            self.put(x, row, char, ink)

    def rows(self, *, colour: bool) -> list[str]:
        """The lines of text, with terminal colours if these are asked for."""
        width = self.width
        starts = range(0, width * self.height, width)
        if not colour:
            return ["".join(self._chars[at : at + width]) for at in starts]
        return [self._row(at) for at in starts]

    def _row(self, start: int) -> str:
        cells = range(start, start + self.width)
        pieces = []
        for (ink, ground), own in groupby(cells, self._look):
            text = "".join(self._chars[at] for at in own)
            codes = [f"38;5;{ink}"] * (ink != NONE) + [f"48;5;{ground}"] * (ground != NONE)
            pieces.append(f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text)
        return "".join(pieces)

    def _look(self, at: int) -> tuple[int, int]:
        """The colours of a cell; a blank one has no ink."""
        return (NONE if self._chars[at] == " " else self._inks[at]), self._grounds[at]
