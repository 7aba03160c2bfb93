"""The features that the probes of finished runs chose, and how often each fold chose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from probing.logs.results.closing_tables import rows_of_runs
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl

CELL = ("dataset", "model", "site", "pooler", "layer", "classifier", "control")
COUNTS = ("neuron", "n_chosen", "n_folds", "mean_rank", "mean_score")


def places_name(cell: str) -> str:
    """The name of the array of what a cell chose."""
    return f"{cell}.neurons"


def scores_name(cell: str) -> str:
    """The name of the array of the scores by which a cell chose."""
    return f"{cell}.neuron_scores"


def neurons(
    views: Iterable[RunView], warn: Callable[[str], object] = lambda line: None
) -> pl.DataFrame:
    """For each finished cell that chose features a row for each of these.

    `n_chosen` of the cell's `n_folds` chose it, with `mean_rank` (1 is the best) and `mean_score`
    among those that did. Of a run whose `neurons.parquet` cannot be used `warn` is told.
    """
    return rows_of_runs(views, lambda run: run.neurons, _schema(), warn)


def _schema() -> dict[str, Any]:
    import polars as pl

    cell = {key: pl.Int64 if key == "layer" else pl.String for key in CELL}
    counts = {name: pl.Float64 if name.startswith("mean") else pl.Int64 for name in COUNTS}
    return {"run": pl.String, **cell, **counts}
