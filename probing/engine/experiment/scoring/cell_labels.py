"""What a cell is, as columns of a closing table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from probing.plan import Cell

if TYPE_CHECKING:
    import polars as pl


def cell_labels(cell: Cell) -> list[pl.Expr]:
    """What a cell is as columns of one value each."""
    import polars as pl

    keys = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier", "control")
    types = {key: pl.Int64 if key == "layer" else pl.String for key in keys}
    return [pl.lit(sayable(getattr(cell, key)), dtype=types[key]).alias(key) for key in keys]


def sayable(value: Any) -> Any:
    """A name as it can be written: that of a file need not be UTF-8.

    It is written as the events write it.
    """
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
