"""The training step of each row of results, as the name of its model tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.spec import step_of

if TYPE_CHECKING:
    import polars as pl

COLUMN = "step"


def with_steps(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the column `step` filled; empty where a model's name tells none."""
    import polars as pl

    steps = {name: step_of(name) for name in frame["model"].unique() if name}
    told = pl.col("model").replace_strict(steps, default=None, return_dtype=pl.Int64)
    return frame.with_columns(told.alias(COLUMN))
