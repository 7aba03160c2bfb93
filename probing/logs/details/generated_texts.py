"""What the models of finished runs continued the texts of their datasets by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from probing.logs.results.closing_tables import rows_of_runs
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl


def generated_texts(
    views: Iterable[RunView], warn: Callable[[str], object] = lambda line: None
) -> pl.DataFrame:
    """For each model and text of a dataset with `generate` a row, of finished runs.

    Of a run whose `generated.parquet` cannot be used `warn` is told.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    schema = {"run": pl.String, **generated_schema()}
    return rows_of_runs(views, lambda run: run.generated, schema, warn)


def generated_schema() -> dict[str, Any]:
    """Columns and types of `generated.parquet`."""
    import polars as pl

    return {
        "dataset": pl.String,
        "model": pl.String,
        "text": pl.Int64,
        "prompt": pl.String,
        "continuation": pl.String,
        "n_tokens": pl.Int64,
        "ended": pl.Boolean,
        "token_ids": pl.List(pl.Int32),
    }
