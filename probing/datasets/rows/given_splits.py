"""The split that a dataset gives itself, in any usual spelling of train, val and test."""

from __future__ import annotations

from probing.datasets.columns import Columns
from probing.datasets.formats.table import Table

_SPELLINGS = {
    "train": ("train", "training", "tr"),
    "val": ("val", "valid", "validation", "dev", "development", "va"),
    "test": ("test", "testing", "te"),
}
_KNOWN = {spelling: part for part, spellings in _SPELLINGS.items() for spelling in spellings}


def read_splits(table: Table, columns: Columns) -> tuple[str, ...] | None:
    """`train`, `val` or `test` for each row, or None where the dataset has no split.

    A guessed split column with other values is ignored; one that the spec names must hold
    these values, or `DatasetError` names the row.
    """
    if columns.split is None:
        return None
    values = [str(value).strip().lower() for value in table.columns[columns.split]]
    parts = [_KNOWN.get(value) for value in values]
    if None not in parts:
        return tuple(part for part in parts if part)
    if "split" not in columns.said:
        return None
    at = parts.index(None)
    what = f"unknown split {table.columns[columns.split][at]!r}"
    raise table.error(at, what, "use train, val or test")
