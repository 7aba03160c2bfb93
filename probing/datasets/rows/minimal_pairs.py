"""Minimal pairs: a row with a good and a bad sentence becomes two texts in one group.

The layout is BLiMP's (Warstadt et al. 2020).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from probing.datasets.formats.table import Table

GOOD, BAD = "sentence_good", "sentence_bad"


def is_pairs(table: Table) -> bool:
    """Whether the table has a column of good and one of bad sentences."""
    return GOOD in table.columns and BAD in table.columns


def expand(table: Table) -> Table:
    """Two rows for each pair, labelled `good` and `bad`, grouped by pair; the rest twice."""
    columns: dict[str, list[Any]] = {
        name: [value for value in values for _ in range(2)]
        for name, values in table.columns.items()
        if name not in (GOOD, BAD)
    }
    pairs = zip(table.columns[GOOD], table.columns[BAD], strict=True)
    columns["text"] = [text for pair in pairs for text in pair]
    columns["label"] = ["good", "bad"] * len(table)
    columns["group"] = [at for at in range(len(table)) for _ in range(2)]
    numbers = [number for number in table.numbers for _ in range(2)]
    return replace(table, columns=columns, numbers=numbers, typed=True, task=None)
