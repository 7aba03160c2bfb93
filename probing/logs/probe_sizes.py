"""The size of the probe of each row of results, as the name of its classifier tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.spec import size_of

if TYPE_CHECKING:
    import polars as pl

COLUMN = "size"


def with_sizes(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the column `size` filled; empty where a classifier's name tells none."""
    import polars as pl

    sizes = {name: size_of(name) for name in frame["classifier"].unique() if name}
    told = pl.col("classifier").replace_strict(sizes, default=None, return_dtype=pl.Int64)
    return frame.with_columns(told.alias(COLUMN))
