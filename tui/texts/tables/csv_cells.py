"""Text cells of a CSV file that a spreadsheet would take for a formula, made text again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with an apostrophe before each text that begins as a formula does."""
    import polars as pl

    texts = pl.col(pl.String)
    safe = pl.when(texts.str.contains(_FORMULA)).then(pl.lit("'") + texts).otherwise(texts)
    return frame.with_columns(safe.name.keep())
