"""The split that a dataset gives itself: names of parts, or true and false of one part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from probing.datasets.columns import Columns
from probing.datasets.formats.split_names import part_of
from probing.datasets.formats.table import Table

_TRUTHS = {
    "true": True,
    "false": False,
    "t": True,
    "f": False,
    "yes": True,
    "no": False,
    "y": True,
    "n": False,
    "1": True,
    "0": False,
    "1.0": True,
    "0.0": False,
}
_WORDS = re.compile(r"[a-z]+")


def read_splits(table: Table, columns: Columns) -> tuple[str, ...] | None:
    """`train`, `val` or `test` for each row, or None where the dataset has no split.

    In a column whose name holds one part (`is_train`, `test`) true is that part; false is
    training, or test where the part is training. A guessed split column with other values is
    ignored; one that the spec names must hold these values, or `DatasetError` names the row.
    """
    if columns.split is None:
        return None
    values = table.columns[columns.split]
    parts = [part_of(value) for value in values]
    if None in parts:
        parts = _of_truths(columns.split, values) or parts
    if None not in parts:
        return tuple(part for part in parts if part)
    if "split" not in columns.said:
        return None
    at = parts.index(None)
    what = f"unknown split {values[at]!r}"
    hint = "use train, val or test, or true and false in a column named is_train or is_test"
    raise table.error(at, what, hint)


def _of_truths(name: str, values: Sequence[Any]) -> list[str | None] | None:
    named = {part_of(word) for word in _WORDS.findall(name.lower())} - {None}
    truths = [_TRUTHS.get(str(value).strip().lower()) for value in values]
    if len(named) != 1 or None in truths:
        return None
    part = named.pop()
    other = "test" if part == "train" else "train"
    return [part if truth else other for truth in truths]
