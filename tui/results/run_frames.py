"""The finished cells of all runs, from the index where it has them; only what changed is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from probing.logs import RunView
from tui.processes.background import NAME
from tui.processes.tailer import Tailer

if TYPE_CHECKING:
    import polars as pl

    from probing.logs.index.cell_index import CellIndex
    from probing.logs.index.cells import Cells, Rows

STEP_S = 0.3
LOADED = 5
MOST_LIVE = 16
Placed = dict[str, "tuple[int, Rows]"]
Made = TypeVar("Made")


class ResultsBook:
    """The cells of all runs of a logs folder; every change gives a run a new version."""

    def __init__(self, tailer: Tailer) -> None:
        self._tailer = tailer
        self._versions: dict[str, int] = {}
        self._asked: set[str] = set()
        self._stock: Stock | None = None
        self._listed: tuple[dict[str, RunView], list[str]] = {}, []

    def changed(self, names: Iterable[str]) -> None:
        """Mark these runs to be read again."""
        for name in names:
            self._versions[name] = self._versions.get(name, 0) + 1

    def ask(self, name: str) -> None:
        """Read this run before the others."""
        self._asked.add(name)

    def names(self) -> list[str]:
        """The runs, the newest first."""
        views = self._tailer.views
        if self._listed[0] is not views:
            names = sorted(views, key=lambda name: views[name].brief.first_time, reverse=True)
            self._listed = views, names
        return self._listed[1]

    def gather(self, seconds: float = STEP_S) -> Gathering:
        """What a thread needs to place the cells of all runs, some of them at a time.

        Runs that were asked for by name come first.
        """
        self._stock = self._stock or Stock(self._tailer)
        names, n_live, views = self.names(), 0, dict(self._tailer.views)
        versions = {name: self._versions.get(name, 0) for name in names}
        for name in names:
            if views[name].has_folds and self._stock.is_stale(name, versions[name]):
                n_live += 1
                # to copy the cells of a live run takes time, here beside the screen
                if n_live <= MOST_LIVE:
                    views[name] = views[name].copy(lambda cell: cell.done)
                else:
                    del views[name]
        return Gathering(self._stock, names, views, versions, frozenset(self._asked), seconds)


class Stock:
    """What was placed so far: a thread fills it, one at a time."""

    def __init__(self, tailer: Tailer) -> None:
        self.logs = tailer.logs
        self.placed: Placed = {}
        self.cells: Cells | None = None
        self.generation = 0
        self._index: CellIndex | None = None

    @property
    def index(self) -> CellIndex:
        """The index of the logs folder."""
        if self._index is None:
            from probing.logs.index.cell_index import CellIndex  # Polars: 0.2 s

            self._index = CellIndex(self.logs)
        return self._index

    def is_stale(self, name: str, version: int) -> bool:
        """Whether the cells of a run are not those that are placed."""
        return name not in self.placed or self.placed[name][0] != version

    def drop(self, part: object) -> None:
        """Forget a damaged part of the index."""
        self.index.drop(part)
        self.placed = {n: one for n, one in self.placed.items() if one[1].part is not part}
        self.cells = None


class Read(NamedTuple):
    """The cells that were read so far, how many runs are to come, and warnings."""

    cells: Cells
    n_to_come: int
    warnings: list[str]


@dataclass(frozen=True)
class Gathering:
    """The runs whose cells are to be placed, those that are live as copies."""

    stock: Stock
    names: list[str]
    views: Mapping[str, RunView]
    versions: dict[str, int]
    asked: frozenset[str]
    seconds: float

    def read(self) -> Read:
        """Place runs for so many seconds of work, one at least.

        A machine that others load gets more time: what is read at once does not depend on them.
        """
        index, warnings = self.stock.index, list[str]()
        before = dict(self.stock.placed)
        index.refresh()
        if self.stock.generation != index.generation:
            self._place_anew()
        missing = self._looked_up(warnings)
        work_end, end = time.thread_time() + self.seconds, time.monotonic() + LOADED * self.seconds
        for at, name in enumerate(missing):
            if at and (time.thread_time() >= work_end or time.monotonic() >= end):
                break
            self._read_run(name, warnings)
            if index.n_waiting >= index.MOST_WAITING:
                self._keep()
        to_come = [name for name in missing if not self._is_placed(name)]
        if self.views and not to_come:
            self._keep()
            tidy = partial(index.tidy, list(self.views.values()))
            threading.Thread(target=tidy, name=NAME, daemon=True).start()
        placed = {n: self.stock.placed[n] for n in self.names if n in self.stock.placed}
        self.stock.placed = placed
        if self.stock.cells is None or placed != before:
            from probing.logs.index.cells import Cells

            self.stock.cells = Cells([rows for _, rows in placed.values()])
        return Read(self.stock.cells, len(to_come), warnings)

    def whole(self, make: Callable[[Cells], Made]) -> tuple[Read, Made]:
        """What is read, and what `make` makes of it; a damaged part of the index is read anew."""
        from probing.logs.index.part_files import PartError

        while True:
            read = self.read()
            try:
                return read, make(read.cells)
            except PartError as error:
                self.stock.drop(error.part)

    def _is_placed(self, name: str) -> bool:
        return not self.stock.is_stale(name, self.versions[name])

    def _place_anew(self) -> None:
        """Place what lies in other parts now, so that those from before can be forgotten."""
        self.stock.generation = self.stock.index.generation
        for name, (version, _) in list(self.stock.placed.items()):
            view = self.views.get(name)
            found = None if view is None or view.has_folds else self.stock.index.rows_of(view)
            if found is not None and version == self.versions.get(name):
                self.stock.placed[name] = version, found[0]

    def _looked_up(self, warnings: list[str]) -> list[str]:
        """Place what the index has; returns the runs that it lacks."""
        missing = []
        for name in self.names:
            if self._is_placed(name):
                continue
            view = self.views.get(name)
            found = None if view is None or view.has_folds else self.stock.index.rows_of(view)
            if found is None:
                missing.append(name)
            else:
                self.stock.placed[name] = self.versions[name], found[0]
                warnings += found[1]
        return sorted(missing, key=lambda name: name not in self.asked)

    def _read_run(self, name: str, warnings: list[str]) -> None:
        from probing.logs.results.tables import results

        if name in self.views:
            # reading may change what is known of a run, which the app's own view must not be
            view, told = self.views[name].copy(), list[str]()
            frame = slim(results([view], warn=told.append))
            rows = self.stock.index.add(self.views[name], frame, told)
            self.stock.placed[name] = self.versions[name], rows
            warnings += told

    def _keep(self) -> None:
        """Have the index keep what was read, which takes it out of memory."""
        index = self.stock.index
        for name in index.flush():
            found = name in self.views and index.rows_of(self.views[name])
            if found and self._is_placed(name):
                self.stock.placed[name] = self.versions[name], found[0]


def slim(frame: pl.DataFrame) -> pl.DataFrame:
    """The same frame; columns of one value take no memory for each of its rows.

    Most columns are of metrics that a task does not have.
    """
    import polars as pl

    if frame.is_empty():
        return frame
    empty = [column.name for column in frame if column.null_count() == frame.height]
    kinds = frame.schema
    return frame.with_columns(pl.lit(None, dtype=kinds[name]).alias(name) for name in empty)
