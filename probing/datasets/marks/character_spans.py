"""Spans that columns give in characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError, nearest


def marked(table: Table, spans: Sequence[tuple[str, str]]) -> Table:
    """The table with the spans from the first column of each pair to the second.

    Raises `DatasetError` for a name that is no column, or the row whose value is no number.
    """
    pairs = [(numbers(table, start), numbers(table, end)) for start, end in spans]
    rows = [tuple((start[at], end[at]) for start, end in pairs) for at in range(len(table))]
    for at, row in enumerate(rows):
        for start, end in row:
            if start >= end:
                what = f"its span from {start} to {end} holds no character"
                raise table.error(at, what, "the end is behind the last character")
    named = {name for pair in spans for name in pair}
    return replace(table, spans=rows, of_parts=table.of_parts | named)


def numbers(table: Table, name: str) -> list[int]:
    """A column of whole numbers."""
    if name not in table.columns:
        hint = f"{nearest(name, table.columns)}; columns: {', '.join(table.columns)}".lstrip("; ")
        raise DatasetError(f"no column {name!r} of characters", where=table.source, hint=hint)
    return [_number(table, at, name, value) for at, value in enumerate(table.columns[name])]


def _number(table: Table, at: int, name: str, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    what = f"{name} is {value!r}, not a number of characters"
    raise table.error(at, what, "characters count from 0; drop such rows with where")
