"""Rows of probes that are tested on other datasets than they are trained on: their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ARROW = " → "


def is_transferred() -> pl.Expr:
    """Whether a row is of a probe of another dataset than the one that it is tested on."""
    import polars as pl

    return pl.col("trained_on").fill_null("") != ""


def named_transfers(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the dataset of such a row named by both: `a → b`; the others as they are."""
    import polars as pl

    if "trained_on" not in frame.columns:
        return frame
    is_named = pl.col("dataset").str.contains(ARROW, literal=True)
    both = pl.concat_str("trained_on", pl.lit(ARROW), "dataset")
    named = pl.when(is_transferred() & ~is_named).then(both).otherwise(pl.col("dataset"))
    return frame.with_columns(named.alias("dataset"))
