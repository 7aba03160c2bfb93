"""Rows that are lists, such as `["Paris is in France.", 1]`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError

TELLING = {"text", "sentence", "label", "target", "class", "category", "labels", "sentiment"}


def table_of(
    rows: Sequence[Sequence[Any]],
    source: str,
    numbers: Iterable[int],
    unit: str,
    header: bool | None,
) -> Table | None:
    """The table of the rows, else None where they are no rows of single values.

    The first row names the columns if `header` is true, or if it is not said and a name in it is
    usual. Else two columns are `text` and `label`, in the order that their values show, and
    others have numbers from 0.
    """
    if not rows or any(isinstance(value, list) for row in rows for value in row) or not rows[0]:
        return None
    counted = list(numbers)
    if header or (header is None and _names_columns(rows[0])):
        names = [str(value) for value in rows[0]]
        return with_names(names, rows[1:], source, counted[1:], unit)
    names = [str(at) for at in range(len(rows[0]))]
    table = with_names(names, rows, source, counted, unit)
    if len(names) != 2 or header is False:
        return table
    values = list(table.columns.values())
    named = ("text", "label") if _first_is_text(*values) else ("label", "text")
    columns = dict(zip(named, values, strict=True))
    return Table(source, columns, counted, unit=unit)


def with_names(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    source: str,
    numbers: Iterable[int],
    unit: str,
) -> Table:
    """The table of rows with these columns; raises `DatasetError` for a row of another length."""
    counted = list(numbers)
    for number, row in zip(counted, rows, strict=True):
        if len(row) != len(names):
            what = f"{len(row)} values, but there are {len(names)} columns"
            hint = "give one value per column"
            raise DatasetError(what, where=f"{source}, {unit} {number}", hint=hint)
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    return Table(source, columns, counted, unit=unit)


def _names_columns(row: Sequence[Any]) -> bool:
    texts = [value.strip().lower() for value in row if isinstance(value, str)]
    return len(texts) == len(row) == len(set(texts)) and bool(TELLING & set(texts))


def _first_is_text(first: Sequence[Any], second: Sequence[Any]) -> bool:
    are_texts = [all(isinstance(value, str) for value in values) for values in (first, second)]
    if are_texts[0] != are_texts[1]:
        return are_texts[0]
    return not are_texts[0] or len(set(first)) >= len(set(second))
