"""The results of runs as frames, kept by run; only runs that changed are summarised again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from probing.logs import RunView
from tui.processes.tailer import Tailer

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 50
PER_STEP = 16
Frames = dict[str, tuple[int, "pl.DataFrame"]]


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
        """Mark these runs to be summarised again."""
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

    def gather(self, everything: bool = False) -> Gathering:
        """What a thread needs to make one frame of the shown runs, a few runs at a time.

        Runs that were asked for by name come first.
        """
        names = self.names(everything)
        missing = [name for name in names if self._is_stale(name)]
        missing.sort(key=lambda name: name not in self._asked)
        kept = {name: self._frames[name] for name in names if name in self._frames}
        copies = [finished_cells_of(self._tailer.views[n]) for n in missing[:PER_STEP]]
        n_to_come = max(len(missing) - PER_STEP, 0)
        versions = {name: self._versions.get(name, 0) for name in names}
        return Gathering(names, kept, copies, versions, n_to_come)

    def _is_stale(self, name: str) -> bool:
        return name not in self._frames or self._frames[name][0] != self._versions.get(name, 0)

    def keep(self, frames: Frames) -> None:
        """Keep the frames of a gathering."""
        there = self._tailer.views
        self._frames = {n: one for n, one in {**self._frames, **frames}.items() if n in there}


@dataclass(frozen=True)
class Gathering:
    """The frames that are valid, and copies of the runs to summarise."""

    names: list[str]
    kept: Frames
    copies: list[RunView]
    versions: dict[str, int]
    n_to_come: int = 0

    def frames(self) -> Frames:
        """The frame of every run that was read so far, with its version."""
        from probing.logs.tables import results

        made = {
            copy.run.name: (self.versions[copy.run.name], results([copy])) for copy in self.copies
        }
        return {**self.kept, **made}

    def whole(self, frames: Frames) -> pl.DataFrame | None:
        """All frames as one, the newest run first; None if no cell is done."""
        import polars as pl

        known = [frames[name][1] for name in self.names if name in frames]
        shown = [frame for frame in known if not frame.is_empty()]
        return pl.concat(shown) if shown else None


def finished_cells_of(view: RunView) -> RunView:
    """A copy of a run with its finished cells."""
    copy = RunView(view.run)
    copy.state.cells = {
        name: replace(cell, folds=list(cell.folds))
        for name, cell in view.state.cells.items()
        if cell.done and cell.folds
    }
    copy.state.series = dict(view.state.series)
    return copy
