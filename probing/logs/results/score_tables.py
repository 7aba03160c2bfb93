"""Write what a run found as tables: a row for every fold, and a row for every cell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from probing.logs.details.learning_curves import curve_scores
from probing.logs.results.closing_tables import write_table
from probing.logs.results.tables import folds, results
from probing.logs.states.run_view import RunView


def write_scores(view: RunView) -> dict[str, str]:
    """Write `scores.parquet`, `results.parquet` and, if there are any, `learning_curves.parquet`.

    Returns the SHA-256 of each, by its name.
    """
    # quicker to read than by default, and hardly larger
    write_results = partial(results([view]).write_parquet, compression="lz4", statistics=False)
    writers: dict[Path, Callable[[IO[bytes]], object]] = {
        view.run.scores: folds([view]).write_parquet,
        view.run.results: write_results,
    }
    if (curves := curve_scores(view)).height:
        writers[view.run.learning_curves] = curves.write_parquet
    return {path.name: write_table(path, write) for path, write in writers.items()}
