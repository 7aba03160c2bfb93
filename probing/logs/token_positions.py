"""The position of the token of each row of results, as the label of its pooler tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.spec import position_of

if TYPE_CHECKING:
    import polars as pl

COLUMN = "position"


def with_positions(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the column `position` filled; empty where a pooler takes no single token."""
    import polars as pl

    places = {label: position_of(label) for label in frame["pooler"].unique() if label}
    told = pl.col("pooler").replace_strict(places, default=None, return_dtype=pl.Float64)
    return frame.with_columns(told.alias(COLUMN))
