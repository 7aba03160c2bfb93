"""Write the closing tables of a run: its scores, its results and its predictions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from probing.engine.experiment.predictions import tables
from probing.engine.experiment.run_writer import Store
from probing.logs import RunView
from probing.logs.closing_tables import write_table
from probing.logs.score_tables import write_scores
from probing.plan import Plan

if TYPE_CHECKING:
    import polars as pl


def write_tables(store: Store, plan: Plan) -> dict[str, str]:
    """Write all tables, each whole or not at all; the SHA-256 of each, by its name."""
    view = RunView(store.run)
    view.update()
    classes = {
        one.dataset.name: [name for name, _ in one.dataset.facts.class_counts]
        for one in plan.passes
    }
    predictions = _in_parts(tables(store.run, store.state, plan, classes), store.run.parts)
    path = store.run.predictions
    return {**write_scores(view), path.name: write_table(path, predictions.sink_parquet)}


def _in_parts(frames: Iterable[pl.DataFrame], folder: Path) -> pl.LazyFrame:
    """The frames as one that is read piece by piece, from a file for each in `folder`."""
    import polars as pl

    parts = []
    for at, frame in enumerate(frames):
        parts.append(folder / f"{at}.parquet")
        frame.write_parquet(parts[-1])
    # a run's name may hold what a glob would read
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame()
