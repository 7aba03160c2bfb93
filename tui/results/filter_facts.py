"""The columns of results that a filter may name, with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.logs.tables import KEYS, SIZES
from tui.texts.completion import MOST_VALUES, Facts

if TYPE_CHECKING:
    import polars as pl

FIRST = ("run", *KEYS, "step", "size", "position", *SIZES, "n_texts", "n_groups", "flags")
FREE = ("flags", "beats")  # texts of their own in each row


def facts_of_frame(frame: pl.DataFrame) -> Facts:
    """The columns that hold anything: parts of a cell, sizes, then metrics, the shortest first."""
    counts = dict(zip(frame.columns, frame.count().row(0), strict=True))
    there = [name for name in frame.columns if counts[name]]
    measured = sorted((name for name in there if name not in FIRST), key=_depth)
    return {name: _values(frame, name) for name in (*FIRST, *measured) if counts.get(name, 0) > 0}


def _depth(name: str) -> int:
    return name.count("_")


def _values(frame: pl.DataFrame, name: str) -> list[str]:
    import polars as pl

    if frame.schema[name] != pl.String or name in FREE:
        return []
    found = frame[name].unique().drop_nulls().head(MOST_VALUES)
    return sorted(value for value in found if value)
