"""What is shown and highlighted when a key is pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.logs import RunFolder, RunView
from probing.logs.folders.tagged_runs import by_tags
from tui.plot.series import PARTS
from tui.results.view import Shown

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Standing:
    """The rows that are shown, the filter that chose them, and the highlighted row.

    `key` has the parts of the row's series and, where it is a cell, its layer. Cells are many:
    whoever asks for them does so in a thread.
    """

    logs: Path
    views: Mapping[str, RunView]
    shown: Shown
    query: str
    key: tuple[str, ...] | None

    @property
    def metric(self) -> str:
        """The metric that is shown."""
        return self.shown.metric

    @property
    def series(self) -> tuple[str, ...] | None:
        """The series of the highlighted row."""
        return self.key[: len(PARTS)] if self.key else None

    @property
    def view(self) -> RunView | None:
        """The run of the highlighted row."""
        return self.view_of(self.key[0]) if self.key else None

    @property
    def run(self) -> RunFolder | None:
        """The folder of that run."""
        return self.view.run if self.view else None

    def view_of(self, name: str) -> RunView | None:
        """The run of a name in the table."""
        known = self.views.get(name)
        others = (view for view in self.views.values() if view.run.column_name == name)
        return known or next(others, None)

    def runs(self) -> list[str]:
        """The runs of the cells that are shown, in their order."""
        names = self.shown.chosen(["run"])["run"].unique(maintain_order=True)
        return [name for name in names.to_list() if name]

    def runs_of(self, *queries: str) -> list[str]:
        """The runs with cells that fulfil any of these filters; raises `SpecError`."""
        from probing.logs.index.cell_filter import mask_of, mask_of_runs  # NumPy: who compares pays

        cells, known = self.shown.cells, [view.run for view in self.views.values()]
        masks = []
        for query in queries:
            runs, rest = by_tags(known, query)
            of_runs = mask_of_runs(cells, {run.column_name for run in runs})
            masks.append(mask_of(cells, rest) & of_runs)
        at = sum(masks).nonzero()[0]  # type: ignore[union-attr]
        names = cells.frame(at, ["run"])["run"].unique(maintain_order=True)
        return [name for name in names.to_list() if name]

    def cells(self) -> pl.DataFrame:
        """All cells of the highlighted series, or that of the row, in all columns."""
        listing = self.shown.listing
        at = listing.table.find(self.series) if listing and self.series else None
        rows: Any = [] if at is None or listing is None else listing.table.rows_of([at])
        frame = self.shown.cells.frame(rows)
        layer = self.key[len(PARTS) :] if self.key else ()
        if layer and layer[0].isdigit():
            frame = frame.filter(frame["layer"] == int(layer[0]))
        return frame
