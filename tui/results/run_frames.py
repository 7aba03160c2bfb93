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

    @property
    def names(self) -> list[str]:
        """The runs that are shown, the newest first."""
        views = self._tailer.views
        newest = sorted(views, key=lambda name: views[name].state.first_time, reverse=True)
        return [name for at, name in enumerate(newest) if at < self._most or name in self._asked]

    @property
    def n_left_out(self) -> int:
        """Older runs that are not shown."""
        return len(self._tailer.views) - len(self.names)

    def gather(self) -> Gathering:
        """What a thread needs to make one frame of all shown runs."""
        names = self.names
        kept = {name: self._frames[name] for name in names if not self._is_stale(name)}
        copies = [finished_cells_of(self._tailer.views[n]) for n in names if n not in kept]
        return Gathering(names, kept, copies, {n: self._versions.get(n, 0) for n in names})

    def _is_stale(self, name: str) -> bool:
        return name not in self._frames or self._frames[name][0] != self._versions.get(name, 0)

    def keep(self, frames: Frames) -> None:
        """Keep the frames of a gathering."""
        self._frames = frames


@dataclass(frozen=True)
class Gathering:
    """The frames that are valid, and copies of the runs to summarise."""

    names: list[str]
    kept: Frames
    copies: list[RunView]
    versions: dict[str, int]

    def frames(self) -> Frames:
        """The frame of every run, with its version."""
        from probing.logs.tables import results

        made = {
            copy.run.name: (self.versions[copy.run.name], results([copy])) for copy in self.copies
        }
        return {**self.kept, **made}

    def whole(self, frames: Frames) -> pl.DataFrame | None:
        """All frames as one, the newest run first; None if no cell is done."""
        import polars as pl

        shown = [frames[name][1] for name in self.names if not frames[name][1].is_empty()]
        return pl.concat(shown) if shown else None


def finished_cells_of(view: RunView) -> RunView:
    """A copy of a run with its finished cells."""
    copy = RunView(view.run)
    copy.state.cells = {
        name: replace(cell, folds=list(cell.folds))
        for name, cell in view.state.cells.items()
        if cell.done and cell.folds
    }
    return copy
