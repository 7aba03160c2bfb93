"""The finished cells of runs for a command: from the index, and what it lacks from the runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from probing.logs.index.cell_filter import mask_of
from probing.logs.index.cell_index import CellIndex
from probing.logs.index.cells import Cells, Rows
from probing.logs.index.ordered_cells import in_order
from probing.logs.index.part_files import PartError
from probing.logs.results.tables import results
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

Made = TypeVar("Made")
_AT_ONCE = 2**17
_STEP = 2**15


class AllCells:
    """The cells of runs of one logs folder; what the index lacks is read, and kept there."""

    def __init__(self, logs: Path, views: Sequence[RunView], warn: Callable[[str], object]) -> None:
        self._views, self._warn = views, warn
        self._index = CellIndex(logs)
        self._told: set[str] = set()
        self._cells = self._read()

    def rows(self, query: str, names: Iterable[str] = (), limit: int | None = None) -> pl.DataFrame:
        """The rows that fulfil a filter, run by run, in these columns or in all.

        Raises `SpecError` for a filter that is none.
        """
        names, at = list(names), self._chosen(query)
        return self._frame(slice(0, limit) if at is None else at[:limit], names)

    def pieces(
        self, query: str, names: Iterable[str] = (), limit: int | None = None
    ) -> Iterator[pl.DataFrame]:
        """The same a piece at a time, one at least: all columns take a kilobyte for each row."""
        names, n_rows = list(names), self._cells.height
        if n_rows <= _AT_ONCE:
            yield self.rows(query, names, limit)
            return
        at, n_told = self._chosen(query), 0
        with tempfile.TemporaryDirectory(prefix="probe-tui-") as folder:
            if not names:
                self._cells = self._made(lambda cells: in_order(cells, Path(folder)))
            for start in range(0, n_rows, _STEP):
                rows = np.arange(start, min(start + _STEP, n_rows)) if at is None else at
                rows = rows[(rows >= start) & (rows < start + _STEP)][: _left(limit, n_told)]
                if len(rows):
                    n_told += len(rows)
                    yield self._frame(rows, names)
        if not n_told:
            yield self._frame(slice(0, 0), names)

    def _chosen(self, query: str) -> NDArray[Any] | None:
        """The numbers of the rows that fulfil a filter; None without one."""

        def chosen(cells: Cells) -> NDArray[Any] | None:
            return mask_of(cells, query).nonzero()[0] if query.strip() else None

        return self._made(chosen)

    def _frame(self, rows: NDArray[Any] | slice, names: list[str]) -> pl.DataFrame:
        return self._made(lambda cells: cells.frame(rows, names))

    def _made(self, make: Callable[[Cells], Made]) -> Made:
        """What is made of the cells; a part that is damaged is dropped, its runs are read anew."""
        while True:
            try:
                return make(self._cells)
            except PartError as error:
                self._index.drop(error.part)
                self._cells = self._read()

    def _read(self) -> Cells:
        self._index.refresh()
        placed = [self._rows_of(view) for view in self._views]
        if self._index.flush():
            found = (self._index.rows_of(view) for view in self._views)
            placed = [one[0] if one else was for one, was in zip(found, placed, strict=True)]
        return Cells(placed)

    def _rows_of(self, view: RunView) -> Rows:
        found = self._index.rows_of(view)
        if found is not None:
            self._tell(found[1])
            return found[0]
        told, copy = list[str](), view.copy()
        frame = results([copy], warn=told.append)
        self._tell(told)
        rows = self._index.add(view, frame, told)
        if self._index.n_waiting < self._index.MOST_WAITING or not self._index.flush():
            return rows
        kept = self._index.rows_of(view)
        return kept[0] if kept else rows

    def _tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            if line not in self._told:
                self._told.add(line)
                self._warn(line)

    def tidy(self) -> None:
        """Merge the parts of the index, where they are many."""
        self._index.tidy(self._views)


def _left(limit: int | None, n_told: int) -> int | None:
    return None if limit is None else max(limit - n_told, 0)
