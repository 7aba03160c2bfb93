"""Rows without a text or a target: an error that counts them, or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from probing.datasets.formats.table import Table

MOST_NAMED = 5


def is_lacking(value: Any) -> bool:
    """Whether a cell holds nothing: null or blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def rows_present(table: Table, texts: Sequence[str], target: str, missing: str) -> Sequence[int]:
    """Indices of the rows that have all of the columns `texts` and `target`.

    With `missing = "error"` every row must: `DatasetError` names the first that does not, and
    counts them.
    """
    roles = dict.fromkeys(texts, "text") | {target: "target"}
    lacking = {column: _lacking(table.columns[column]) for column in roles}
    for column, rows in lacking.items():
        if missing == "error" and rows:
            hint = 'add one, or skip such rows with missing = "drop"'
            raise table.error(rows[0], fault(table, rows, f"no {roles[column]}"), hint)
    gone = {at for rows in lacking.values() for at in rows}
    every = range(len(table))
    return [at for at in every if at not in gone] if gone else every


def fault(table: Table, rows: Sequence[int], what: str) -> str:
    """What is wrong with some rows, and where there are several, how many and the first."""
    if len(rows) < 2:
        return what
    named = ", ".join(repr(table.numbers[at]) for at in rows[:MOST_NAMED])
    more = ", ..." if len(rows) > MOST_NAMED else ""
    return f"{what}, as in {len(rows):,} rows ({table.unit}s {named}{more})"


def _lacking(values: Sequence[Any]) -> list[int]:
    return [at for at, value in enumerate(values) if is_lacking(value)]
