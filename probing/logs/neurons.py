"""The features that the probes of finished runs chose, and how often each fold chose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from probing.errors import RunError
from probing.logs.closing_tables import has_table, read_table
from probing.logs.run_view import RunView

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
    import polars as pl  # 0.2 s, only readers of results pay

    frames = [pl.DataFrame(schema=_schema())]
    for view in views:
        path = view.run.neurons
        if not has_table(view, path):
            continue
        try:
            table = read_table(view, path)
        except (RunError, OSError) as error:
            warn(str(error) if isinstance(error, RunError) else f"{path}: {error.strerror}")
            continue
        named = table.with_columns(pl.lit(view.run.column_name).alias("run"))
        columns = [pl.col(name).cast(kind) for name, kind in _schema().items()]
        frames.append(named.select(columns))
    return pl.concat(frames)


def _schema() -> dict[str, Any]:
    import polars as pl

    cell = {key: pl.Int64 if key == "layer" else pl.String for key in CELL}
    counts = {name: pl.Float64 if name.startswith("mean") else pl.Int64 for name in COUNTS}
    return {"run": pl.String, **cell, **counts}
