"""The finished cells of runs for a command: from the index, and what it lacks from the runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from probing.logs.index.cell_filter import mask_of
from probing.logs.index.cell_index import CellIndex
from probing.logs.index.cells import Cells, Rows
from probing.logs.index.part_files import PartError
from probing.logs.results.tables import results
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl


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
        names = list(names)
        while True:
            try:
                at = mask_of(self._cells, query).nonzero()[0] if query.strip() else None
                if at is None:
                    return self._cells.frame(slice(0, limit), names)
                return self._cells.frame(at[:limit], names)
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
