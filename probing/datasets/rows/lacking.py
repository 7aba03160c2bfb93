"""Rows that lack a text or a target: all of them named at once, or dropped and counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError

MOST_NAMED = 5


def is_lacking(value: Any) -> bool:
    """Whether a cell holds nothing: null, blanks or NaN."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def rows_present(table: Table, texts: Sequence[str], target: str, missing: str) -> list[int]:
    """Indices of the rows that have all of the columns `texts` and `target`.

    With `missing = "error"` every row must: `DatasetError` counts and names those that do not.
    """
    roles = {column: "text" for column in texts} | {target: "target"}
    lacking = {column: _lacking(table.columns[column]) for column in roles}
    gone = {at for rows in lacking.values() for at in rows}
    if missing == "error" and gone:
        faults = [fault(table, rows, f"no {roles[column]}") for column, rows in lacking.items()]
        hint = 'fill them in, or leave these rows out with missing = "drop"'
        raise DatasetError("; ".join(filter(None, faults)), where=table.source, hint=hint)
    return [at for at in range(len(table)) if at not in gone]


def fault(table: Table, rows: Sequence[int], what: str) -> str:
    """What is wrong with some rows: how many they are, and the first of them."""
    if not rows:
        return ""
    named = ", ".join(repr(table.numbers[at]) for at in rows[:MOST_NAMED])
    more = ", ..." if len(rows) > MOST_NAMED else ""
    unit = table.unit if len(rows) == 1 else f"{table.unit}s"
    count = "" if len(rows) == 1 else f"{len(rows):,} rows have "
    return f"{count}{what} ({unit} {named}{more})"


def _lacking(values: Sequence[Any]) -> list[int]:
    return [at for at, value in enumerate(values) if is_lacking(value)]
