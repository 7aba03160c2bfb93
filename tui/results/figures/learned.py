"""Learning curves of the runs that Results shows, read once they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.logs import RunFolder
from tui.processes.tailer import Tailer

if TYPE_CHECKING:
    import polars as pl


class Learned:
    """The closing tables of learning curves, by run."""

    def __init__(self, tailer: Tailer) -> None:
        self._tailer = tailer
        self._tables: dict[str, pl.DataFrame] = {}

    def _run(self, name: str) -> RunFolder | None:
        views = self._tailer.views.values()
        return next((view.run for view in views if view.run.column_name == name), None)

    def has(self, name: str) -> bool:
        """Whether a run has learning curves."""
        run = self._run(name)
        return run is not None and run.learning_curves.exists()

    def frame(self, name: str, metric: str) -> pl.DataFrame | None:
        """The learning curves of a metric; None where a run has none, or they have changed."""
        import polars as pl

        run = self._run(name)
        if run is None:
            return None
        if name not in self._tables:
            from probing.logs.details.learning_curves import kept_curves

            view = self._tailer.views[run.name]
            self._tables[name] = kept_curves([view], lambda line: None)
        rows = self._tables[name].filter(pl.col("metric") == metric)
        return None if rows.is_empty() else rows
