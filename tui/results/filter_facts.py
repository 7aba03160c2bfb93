"""The columns of results that a filter may name, with their values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from probing.logs import RunFolder
from probing.logs.folders.tagged_runs import TAG, tags_of
from probing.logs.results.tables import KEYS, SIZES
from tui.texts.completion import MOST_VALUES, Facts

if TYPE_CHECKING:
    from probing.logs.index.cells import Cells

FIRST = ("run", *KEYS, "step", "size", "position", *SIZES, "n_texts", "n_groups", "flags")
FREE = ("flags", "beats")  # texts of their own in each row


def facts_of_cells(cells: Cells, runs: Iterable[RunFolder] = ()) -> Facts:
    """The columns that hold anything: parts of a cell, sizes, then metrics, the shortest first.

    Of `runs` the tags are read.
    """
    there = [name for name in cells.schema if cells.has(name)]
    measured = sorted((name for name in there if name not in FIRST), key=_depth)
    facts = {name: _values(cells, name) for name in (*FIRST, *measured) if name in there}
    tags = tags_of(runs)
    return {**facts, TAG: tags[:MOST_VALUES]} if tags else facts


def _depth(name: str) -> int:
    return name.count("_")


def _values(cells: Cells, name: str) -> list[str]:
    import polars as pl

    if cells.schema[name] != pl.String or name in FREE:
        return []
    found = cells.column(name).unique().drop_nulls().cast(pl.String).head(MOST_VALUES)
    return sorted(value for value in found if value)
