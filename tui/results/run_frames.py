"""The results of runs as frames, kept by run; only runs that changed are read again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from probing.logs import RunView
from tui.processes.tailer import Tailer

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 50
STEP_S = 0.3
LOADED = 5
MOST_LIVE = 16
Frames = dict[str, "tuple[int, pl.DataFrame]"]


class ResultsBook:
    """Frames of the newest runs, and of any other that is asked for by name.

    Every change gives a run a new version; a frame is valid while it has the run's version.
    """

    def __init__(self, tailer: Tailer) -> None:
        self._tailer = tailer
        self._versions: dict[str, int] = {}
        self._frames: dict[str, tuple[int, pl.DataFrame]] = {}
        self._asked: set[str] = set()
        self._most = AT_ONCE

    def changed(self, names: Iterable[str]) -> None:
        """Mark these runs to be read again."""
        for name in names:
            self._versions[name] = self._versions.get(name, 0) + 1

    def ask(self, name: str) -> None:
        """Show this run too, even if it is old."""
        self._asked.add(name)

    def more(self) -> None:
        """Show 50 more of the older runs."""
        self._most += AT_ONCE

    def names(self, everything: bool = False) -> list[str]:
        """The runs that are shown, the newest first; all of them where `everything` is."""
        views = self._tailer.views
        newest = sorted(views, key=lambda name: views[name].state.first_time, reverse=True)
        most = len(newest) if everything else self._most
        return [name for at, name in enumerate(newest) if at < most or name in self._asked]

    @property
    def n_left_out(self) -> int:
        """Older runs that are not shown."""
        return len(self._tailer.views) - len(self.names())

    def gather(self, everything: bool = False, seconds: float = STEP_S) -> Gathering:
        """What a thread needs to make one frame of the shown runs, some of them at a time.

        Runs that were asked for by name come first.
        """
        names = self.names(everything)
        missing = [name for name in names if self._is_stale(name)]
        missing.sort(key=lambda name: name not in self._asked)
        kept = {name: self._frames[name] for name in names if name in self._frames}
        views, n_live = list[RunView](), 0
        for name in missing:
            view = self._tailer.views[name]
            n_live += view.has_folds
            # to copy the cells of a live run takes time, here beside the screen
            if n_live <= MOST_LIVE or not view.has_folds:
                views.append(view.copy(lambda cell: cell.done))
        versions = {name: self._versions.get(name, 0) for name in names}
        return Gathering(names, kept, views, versions, len(missing), seconds)

    def _is_stale(self, name: str) -> bool:
        return name not in self._frames or self._frames[name][0] != self._versions.get(name, 0)

    def keep(self, frames: Frames) -> None:
        """Keep the frames of a gathering."""
        there = self._tailer.views
        self._frames = {n: one for n, one in {**self._frames, **frames}.items() if n in there}


class Read(NamedTuple):
    """The frame of every run that was read so far, how many are to come, and warnings."""

    frames: Frames
    n_to_come: int
    warnings: list[str]


@dataclass(frozen=True)
class Gathering:
    """The frames that are valid, and copies of the runs to read."""

    names: list[str]
    kept: Frames
    views: list[RunView]
    versions: dict[str, int]
    n_missing: int
    seconds: float

    def frames(self) -> Read:
        """Read runs for so many seconds of work, one at least.

        A machine that others load gets more time: what is read at once does not depend on them.
        """
        from probing.logs.tables import results

        work_end, end = time.thread_time() + self.seconds, time.monotonic() + LOADED * self.seconds
        made, warnings = Frames(), list[str]()
        for view in self.views:
            name = view.run.name
            made[name] = self.versions[name], slim(results([view], warn=warnings.append))
            if time.thread_time() >= work_end or time.monotonic() >= end:
                break
        return Read({**self.kept, **made}, self.n_missing - len(made), warnings)

    def whole(self, frames: Frames) -> pl.DataFrame | None:
        """All frames as one, the newest run first; None if no cell is done."""
        import polars as pl

        known = [frames[name][1] for name in self.names if name in frames]
        shown = [frame for frame in known if not frame.is_empty()]
        return pl.concat(shown) if shown else None


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
