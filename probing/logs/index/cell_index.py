"""The index of the finished cells of a logs folder: parts that are added, looked up and merged."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.logs.index.cells import FramePart, Rows
from probing.logs.index.part_files import PartError, PartFile, RunRows, suffix, write_part
from probing.logs.index.places import index_folder
from probing.logs.index.whole_files import drop_old
from probing.logs.states.endings import stamp_of
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl

MOST_PARTS = 12
Key = tuple[str, tuple[int, ...]]


class CellIndex:
    """The parts of a logs folder; where one is damaged, its runs are missing and read anew."""

    MOST_WAITING = 25_000  # rows, of some hundred columns

    def __init__(self, logs: Path) -> None:
        from probing.logs.results.tables import result_schema

        self.logs = logs
        self._schema = result_schema()
        self._suffix = suffix(self._schema)
        self._parts: dict[Path, PartFile] = {}
        self._rows: dict[Key, tuple[RunRows, Rows]] = {}
        self._waiting: list[tuple[RunRows, pl.DataFrame]] = []
        self._lock = threading.RLock()
        self._tidying = threading.Lock()
        self._folder: Path | None = None
        self.generation = 0

    @property
    def folder(self) -> Path:
        """The folder of the parts."""
        if self._folder is None:
            self._folder = index_folder(self.logs)
        return self._folder

    def refresh(self) -> None:
        """Open the parts that are new, close those that are gone."""
        with self._lock:
            paths = self._paths()
            if paths == set(self._parts):
                return
            self._parts = {path: one for path, one in self._parts.items() if path in paths}
            for path in paths - set(self._parts):
                self._open(path)
            self._look_up()

    def _paths(self) -> set[Path]:
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            return {Path(one.path) for one in entries if one.name.endswith(self._suffix)}
        return set()

    def _open(self, path: Path) -> None:
        try:
            self._parts[path] = PartFile(path, self._schema)
        except PartError:
            with contextlib.suppress(OSError):
                path.unlink()

    def _look_up(self) -> None:
        self._rows = {}
        self.generation += 1
        for part in self._parts.values():
            start = 0
            for one in part.runs:
                key = one.run, one.stamps
                self._rows[key] = one, Rows(one.run, part, start, one.n_rows)
                start += one.n_rows

    def rows_of(self, view: RunView) -> tuple[Rows, tuple[str, ...]] | None:
        """The rows of a run and the warnings of its table; None where it is not there."""
        key = _key(view)
        found = self._rows.get(key) if key else None
        return None if found is None else (found[1], found[0].warnings)

    def add(self, view: RunView, frame: pl.DataFrame, warnings: Sequence[str] = ()) -> Rows:
        """Take in the rows of a run; those of one that is over are kept by the next `flush`."""
        name, key = view.run.column_name, _key(view)
        if key is not None and not view.has_folds and not view.run.is_alive():
            first_time = view.brief.first_time
            told = RunRows(*key, first_time, frame.height, tuple(warnings))
            with self._lock:
                self._waiting.append((told, frame))
        return Rows(name, FramePart(frame), 0, frame.height)

    @property
    def n_waiting(self) -> int:
        """Rows that are not kept yet."""
        return sum(frame.height for _, frame in self._waiting)

    def flush(self) -> list[str]:
        """Write what is to be kept, as a part; returns the names of its runs."""
        import polars as pl

        with self._lock:
            waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        waiting.sort(key=lambda one: -one[0].first_time)
        whole = pl.concat([frame for _, frame in waiting])
        columns = (whole[name] for name in self._schema if name != "run")
        write_part(self.folder, [told for told, _ in waiting], columns, self._schema)
        self.refresh()
        return [told.run for told, _ in waiting]

    def drop(self, part: object) -> None:
        """Remove a part that turned out to be damaged."""
        with self._lock:
            for path, one in list(self._parts.items()):
                if one is part:
                    del self._parts[path]
                    with contextlib.suppress(OSError):
                        path.unlink()
            self._look_up()

    def tidy(self, views: Collection[RunView]) -> None:
        """Merge the parts where they are many, or hold much that no run has any more."""
        n_kept = sum(len(part.runs) for part in self._parts.values())
        if len(self._parts) <= MOST_PARTS and n_kept <= 2 * len(views):
            return
        if self._tidying.acquire(blocking=False):
            try:
                self._tidy(views)
            finally:
                self._tidying.release()

    def _tidy(self, views: Collection[RunView]) -> None:
        with self._lock:
            parts = dict(self._parts)
            found = [self._rows.get(key) for view in views if (key := _key(view))]
        n_rows = sum(part.height for part in parts.values())
        valid = sorted(filter(None, found), key=lambda one: -one[0].first_time)
        n_valid = sum(told.n_rows for told, _ in valid)
        if len(parts) > MOST_PARTS or n_valid * 2 < n_rows:
            drop_old(self.folder, self._suffix)
            self._merge(list(parts), [told for told, _ in valid], [rows for _, rows in valid])

    def _merge(self, before: Sequence[Path], runs: list[RunRows], rows: list[Rows]) -> None:
        if runs:
            try:
                made = write_part(self.folder, runs, self._merged(rows), self._schema)
            except PartError:
                made = None
            if made is None:
                return
        for path in before:
            with contextlib.suppress(OSError):
                path.unlink()
        self.refresh()

    def _merged(self, rows: Sequence[Rows]) -> Iterator[pl.Series]:
        """Every column of these rows, one at a time in memory."""
        import polars as pl

        parts: list[Any] = list({id(one.part): one.part for one in rows}.values())
        for name in self._schema:
            if name != "run" and any(part.has(name) for part in parts):
                whole = {id(part): part.read(name) for part in parts}
                pieces = [whole[id(one.part)].slice(one.start, one.n_rows) for one in rows]
                yield pl.concat(pieces, rechunk=True)


def _key(view: RunView) -> Key | None:
    """The run and the stamps of the files that its rows are from; None where they may change."""
    if view.stamp is None:
        return None
    return view.run.column_name, (*view.stamp, *(stamp_of(view.run.results) or ()))
