"""What a thread prepares for the screen: the rows in order, those seen first, and their figure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from probing.errors import SpecError
from tui.plot.series import PARTS
from tui.results.arranged.arrangement import Arrangement
from tui.results.arranged.board import Board
from tui.results.view import Shown, Wish, drawn_of, shown_of

if TYPE_CHECKING:
    from probing.logs import RunFolder
    from probing.logs.index.cells import Cells

Key = tuple[str, ...]


class Prepared(NamedTuple):
    """What is shown, and its rows as they are ordered."""

    shown: Shown
    board: Board


@dataclass(frozen=True)
class Asked:
    """What the user asked to see, and the row that they are on, by its key and its place."""

    wish: Wish
    arrangement: Arrangement
    pinned: tuple[Key, ...]
    key: Key | None
    at: int
    runs: Sequence[RunFolder]

    def prepare(self, cells: Cells) -> Prepared | SpecError | None:
        """All that the screen needs of these cells; None where there are none."""
        if not cells.height:
            return None
        try:
            shown = shown_of(cells, self.wish, self._tagged)
        except SpecError as error:
            return error
        board = Board(shown.rows, self.arrangement).begun()
        self._draw(shown, board)
        return Prepared(shown, board)

    def _tagged(self, query: str) -> Collection[str]:
        """The names of the runs whose tags fulfil a filter."""
        from probing.logs.folders.tagged_runs import tagged

        return tagged(self.runs, query)

    def _draw(self, shown: Shown, board: Board) -> None:
        """Read the series of the row that will be highlighted: `drawn_of` keeps them."""
        rows = board.shown_rows(self.pinned)
        if not len(rows):
            return
        found = None if self.key is None else rows.find(self.key)
        row = rows[min(self.at, len(rows) - 1) if found is None else found]
        drawn_of(shown, row.key[: len(PARTS)], self.pinned)
