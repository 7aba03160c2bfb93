"""Write the closing tables of a run: `scores.parquet` and `predictions.parquet`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from probing.engine.experiment.predictions import tables
from probing.engine.experiment.run_writer import Store
from probing.logs import RunView
from probing.logs.plain_files import draft_of
from probing.logs.tables import folds
from probing.plan import Plan

if TYPE_CHECKING:
    import polars as pl


def write_tables(store: Store, plan: Plan) -> dict[str, str]:
    """Write both tables, each whole or not at all; the SHA-256 of each, by its name."""
    view = RunView(store.run)
    view.update()
    classes = {
        one.dataset.name: [name for name, _ in one.dataset.facts.class_counts]
        for one in plan.passes
    }
    predictions = _in_parts(tables(store.run, store.state, plan, classes), store.run.parts)
    writers: dict[Path, Callable[[IO[bytes]], object]] = {
        store.run.scores: folds([view]).write_parquet,
        store.run.predictions: predictions.sink_parquet,
    }
    return {path.name: _write(path, write) for path, write in writers.items()}


def _in_parts(frames: Iterable[pl.DataFrame], folder: Path) -> pl.LazyFrame:
    """The frames as one that is read piece by piece, from a file for each in `folder`."""
    import polars as pl

    parts = []
    for at, frame in enumerate(frames):
        parts.append(folder / f"{at}.parquet")
        frame.write_parquet(parts[-1])
    # a run's name may hold what a glob would read
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame()


def _write(path: Path, write: Callable[[IO[bytes]], object]) -> str:
    draft, descriptor = draft_of(path)
    with os.fdopen(descriptor, "wb") as file:
        write(file)
        file.flush()
        os.fsync(descriptor)
    with draft.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    draft.replace(path)
    return digest
