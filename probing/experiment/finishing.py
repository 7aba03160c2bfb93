"""The closing tables of a run: `scores.parquet` and `predictions.parquet`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from probing.experiment.predictions import table
from probing.experiment.storing import Store
from probing.logs import RunView
from probing.logs.tables import folds
from probing.plan import Plan

if TYPE_CHECKING:
    import polars as pl


def write_tables(store: Store, plan: Plan) -> None:
    """Write both tables, each whole or not at all."""
    view = RunView(store.run)
    view.update()
    _write(store.run.scores, folds([view]))
    classes = {
        one.dataset.name: [name for name, _ in one.dataset.facts.class_counts]
        for one in plan.passes
    }
    _write(store.run.predictions, table(store.run, store.state, plan, classes))


def _write(path: Path, frame: pl.DataFrame) -> None:
    draft = path.with_name(f".{path.name}.draft")
    frame.write_parquet(draft)
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
