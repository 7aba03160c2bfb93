"""The closing tables of a run: `scores.parquet` and `predictions.parquet`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from probing.engine.experiment.predictions import tables
from probing.engine.experiment.run_writer import Store
from probing.logs import RunView
from probing.logs.tables import folds
from probing.plan import Plan

if TYPE_CHECKING:
    import polars as pl


def write_tables(store: Store, plan: Plan) -> None:
    """Write both tables, each whole or not at all."""
    view = RunView(store.run)
    view.update()
    _write(store.run.scores, folds([view]).write_parquet)
    classes = {
        one.dataset.name: [name for name, _ in one.dataset.facts.class_counts]
        for one in plan.passes
    }
    predictions = _in_parts(tables(store.run, store.state, plan, classes), store.run.parts)
    _write(store.run.predictions, predictions.sink_parquet)


def _in_parts(frames: Iterable[pl.DataFrame], folder: Path) -> pl.LazyFrame:
    """The frames as one that is read piece by piece, from a file for each in `folder`."""
    import polars as pl

    parts = []
    for at, frame in enumerate(frames):
        parts.append(folder / f"{at}.parquet")
        frame.write_parquet(parts[-1])
    return pl.scan_parquet(parts) if parts else pl.LazyFrame()


def _write(path: Path, write: Callable[[Path], object]) -> None:
    draft = path.with_name(f".{path.name}.draft")
    write(draft)
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
