"""The layouts of a JSON document: rows, columns side by side, splits, and what wraps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from probing.datasets.formats import class_names
from probing.datasets.formats.json_rows import json_by_id, list_rows
from probing.datasets.formats.split_names import part_of
from probing.datasets.formats.table import Table, from_records, joined
from probing.errors import DatasetError

# Where rows usually stand in a document that holds other things as well, the likeliest first.
_WRAPPERS = (
    "data",
    "rows",
    "examples",
    "instances",
    "records",
    "items",
    "samples",
    "dataset",
    "entries",
    "results",
)
_PLURALS = {"texts": "text", "labels": "label", "groups": "group", "splits": "split"}
_SERVER = {"row_idx", "row", "truncated_cells"}
_ONE_EACH = "give one value per row"
_DEEPEST = 4

Layout = Callable[[Any, str, bool | None, int], Table | None]


def table_of(
    document: Any, source: str, header: bool | None = None, depth: int = 0
) -> Table | None:
    """The table of a document of a known layout, else None.

    Raises `DatasetError` where the layout is known but something in it does not fit.
    """
    if isinstance(document, list):
        return _rows(document, source, header)
    if not isinstance(document, Mapping) or depth > _DEEPEST:
        return None
    for layout in (_by_id, _pandas_split, _by_split, _by_column, _wrapped, _nested):
        table = layout(document, source, header, depth)
        if table is not None:
            return _described(table, document)
    return None


def _described(table: Table, document: Mapping[str, Any]) -> Table:
    name, task = document.get("name"), document.get("task")
    own_name = name if isinstance(name, str) else table.name
    return replace(table, name=own_name, task=task if isinstance(task, str) else table.task)


def _rows(document: Sequence[Any], source: str, header: bool | None) -> Table | None:
    if all(isinstance(row, Mapping) for row in document):
        if document and all(_SERVER >= set(row) >= {"row"} for row in document):
            rows = [row["row"] for row in document]
            return _rows(rows, source, header)
        return from_records(source, document, unit="row")
    if all(isinstance(row, list) for row in document):
        return list_rows.table_of(document, source, range(1, len(document) + 1), "row", header)
    return None


def _by_id(document: Mapping[str, Any], source: str, _: bool | None, __: int) -> Table | None:
    data = document.get("data")
    if isinstance(data, Mapping) and ("sentences" in data or not data):
        return json_by_id.read(document, source)
    return None


def _pandas_split(
    document: Mapping[str, Any], source: str, _: bool | None, __: int
) -> Table | None:
    names, rows = document.get("columns"), document.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not names:
        return None
    if not all(isinstance(name, str) for name in names):
        return None
    if not all(isinstance(row, list) for row in rows):
        return None
    return list_rows.with_names(names, rows, source, range(1, len(rows) + 1), "row")


def _by_split(
    document: Mapping[str, Any], source: str, header: bool | None, depth: int
) -> Table | None:
    parts = {key: value for key, value in document.items() if part_of(key)}
    parts = {key: value for key, value in parts.items() if isinstance(value, (list, Mapping))}
    tables = [
        table_of(value, f"{source}, {key}", header, depth + 1) for key, value in parts.items()
    ]
    if not parts or any(table is None for table in tables):
        return None
    return joined(source, [table for table in tables if table is not None], "split", list(parts))


def _by_column(document: Mapping[str, Any], source: str, _: bool | None, __: int) -> Table | None:
    plural = "texts" in document
    columns = {
        _PLURALS.get(key, key) if plural else key: _listed(value)
        for key, value in document.items()
        if not isinstance(value, (str, Mapping)) or (plural and key in _PLURALS)
    }
    columns = {name: values for name, values in columns.items() if values is not None or plural}
    if plural:
        columns = _checked(columns, source)
    lists = {name: values for name, values in columns.items() if values is not None}
    if len(lists) < 2 or any(isinstance(v, Mapping) for values in lists.values() for v in values):
        return None
    n_rows = _n_rows(lists, source)
    kept = {name: values for name, values in lists.items() if len(values) == n_rows}
    if len(kept) > 1:
        return Table(source, kept, range(1, n_rows + 1), unit="row")
    if list_rows.TELLING.isdisjoint(lists):
        return None
    sizes = ", ".join(f"{len(values)} of {name!r}" for name, values in lists.items())
    raise DatasetError(f"columns differ in length: {sizes}", where=source, hint=_ONE_EACH)


def _listed(value: Any) -> list[Any] | None:
    listed = value.tolist() if hasattr(value, "tolist") else value
    return list(listed) if isinstance(listed, (list, tuple)) else None


def _checked(columns: Mapping[str, Any], source: str) -> dict[str, Any]:
    for key, column in _PLURALS.items():
        if column in columns and columns[column] is None:
            what = f"{key} must be a list"
            raise DatasetError(what, where=source, hint="give one value per text")
        if column in columns and len(columns[column]) != len(columns["text"]):
            what = f"{len(columns[column])} {key} for {len(columns['text'])} texts"
            raise DatasetError(what, where=source, hint="give one per text")
    return {name: values for name, values in columns.items() if values is not None}


def _n_rows(lists: Mapping[str, Sequence[Any]], source: str) -> int:
    """The length of the lists of texts; a list of another length is a remark beside the data."""
    texts = [name for name, values in lists.items() if values and isinstance(values[0], str)]
    longest = max(lists, key=lambda name: len(lists[name]))
    name = max(texts, key=lambda text: len(lists[text])) if texts else longest
    if len(lists[longest]) != len(lists[name]):
        what = f"{len(lists[longest])} values of {longest!r}, but {len(lists[name])} of {name!r}"
        raise DatasetError(what, where=source, hint=_ONE_EACH)
    return len(lists[longest])


def _wrapped(
    document: Mapping[str, Any], source: str, header: bool | None, depth: int
) -> Table | None:
    known = [key for key in _WRAPPERS if isinstance(document.get(key), (list, Mapping))]
    others = [key for key, value in document.items() if isinstance(value, (list, Mapping))]
    alone = others if len(others) == 1 and _is_rows(document[others[0]]) else []
    for key in known or alone:
        table = table_of(document[key], source, header, depth + 1)
        if table is not None:
            return class_names.named(table, class_names.of_features(_features(document)))
    return None


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)
    )


def _features(document: Mapping[str, Any]) -> Any:
    """The features beside rows as the hub's dataset server gives them: a list of them."""
    features = document.get("features")
    if not isinstance(features, list):
        return features
    pairs = [one for one in features if isinstance(one, Mapping) and "type" in one]
    return {str(one.get("name")): one["type"] for one in pairs}


def _nested(document: Mapping[str, Any], source: str, _: bool | None, __: int) -> Table | None:
    """Objects in an object, as pandas writes them: columns by index, or rows by id."""
    values = list(document.values())
    if len(values) < 2 or not all(isinstance(value, Mapping) and value for value in values):
        return None
    if any(isinstance(v, (Mapping, list)) for value in values for v in value.values()):
        return None
    outer, inner = list(document), list(values[0])
    same = all(value.keys() == values[0].keys() for value in values)
    if same and _are_columns(outer, inner):
        columns = {name: [document[name][at] for at in inner] for name in outer}
        return Table(source, columns, inner, unit="id")
    if not set.intersection(*(set(value) for value in values)):
        return None
    return from_records(source, values, numbers=outer, unit="id")


def _are_columns(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Whether the outer keys name columns: the inner ones are then numbers, or more."""
    numbered = [all(key.lstrip("-").isdecimal() for key in keys) for keys in (outer, inner)]
    if numbered[0] != numbered[1]:
        return numbered[1]
    return len(inner) > len(outer)
