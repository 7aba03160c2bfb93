"""A JSON file: `data.sentences` with `data.labels`, or `texts` with `labels`, or a list of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from probing.datasets.formats import json_lines
from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError

_COLUMNS = {"texts": "text", "labels": "label", "groups": "group", "splits": "split"}
_PARTS = {"sentences": "text", "labels": "label", "groups": "group", "splits": "split"}


def read(source: Source) -> Table:
    """The table of a JSON file; one with an object per line is read as JSONL."""
    path, text = source.path, source.text()
    try:
        document = json.loads(text, object_pairs_hook=_unique(str(path)))
    except json.JSONDecodeError as error:
        if _looks_like_lines(text):
            return json_lines.parse(path, text)
        where = f"{path}, line {error.lineno}"
        raise DatasetError(f"not valid JSON: {error.msg}", where=where) from None
    except (RecursionError, ValueError) as error:
        raise DatasetError(f"not valid JSON: {error}", where=str(path)) from None
    return from_document(document, str(path))


def from_document(document: Any, source: str) -> Table:
    """The table of a parsed document.

    Raises `DatasetError` for any other layout, and for an id without a text or a label.
    """
    if isinstance(document, Mapping) and isinstance(document.get("data"), Mapping):
        return _by_id(document, source)
    if isinstance(document, Mapping) and "texts" in document:
        return _by_column(document, source)
    if isinstance(document, list) and all(isinstance(row, Mapping) for row in document):
        return from_records(source, document, unit="row")
    raise DatasetError(
        "unknown JSON layout",
        where=source,
        hint='use {"name": "...", "task": "Classification", "data": {"sentences": {"1": "..."},'
        ' "labels": {"1": 0}}} or {"texts": [...], "labels": [...]}',
    )


def is_layout(document: Any) -> bool:
    """Whether a parsed document has a layout that `from_document` reads."""
    if isinstance(document, Mapping):
        return isinstance(document.get("data"), Mapping) or "texts" in document
    return isinstance(document, list) and all(isinstance(row, Mapping) for row in document)


def _by_id(document: Mapping[str, Any], source: str) -> Table:
    parts = {part: document["data"][part] for part in _PARTS if part in document["data"]}
    for part in {"sentences": 0, "labels": 0, **parts}:
        if not isinstance(parts.get(part), Mapping):
            raise DatasetError(f"data.{part} must be an object keyed by id", where=source)
    ids = list(parts["sentences"])
    _same_ids(parts, source)
    columns = {_PARTS[part]: [values.get(key) for key in ids] for part, values in parts.items()}
    name, task = _said(document)
    return Table(source, columns, ids, unit="id", name=name, task=task)


def _same_ids(parts: Mapping[str, Mapping[str, Any]], source: str) -> None:
    sentences, labels = parts["sentences"], parts["labels"]
    for key in sentences:
        if key not in labels:
            hint = "add one, or remove the text"
            where = f"{source}, id {key!r}"
            raise DatasetError("no target in data.labels", where=where, hint=hint)
    for key in labels:
        if key not in sentences:
            hint = "add one, or remove the label"
            where = f"{source}, id {key!r}"
            raise DatasetError("no text in data.sentences", where=where, hint=hint)


def _by_column(document: Mapping[str, Any], source: str) -> Table:
    columns = {
        column: _listed(document[key], key, source)
        for key, column in _COLUMNS.items()
        if key in document
    }
    n_rows = len(columns["text"])
    for key, column in _COLUMNS.items():
        if column in columns and len(columns[column]) != n_rows:
            what = f"{len(columns[column])} {key} for {n_rows} texts"
            raise DatasetError(what, where=source, hint="give one per text")
    name, task = _said(document)
    return Table(source, columns, range(1, n_rows + 1), unit="row", name=name, task=task)


def _listed(values: Any, key: str, source: str) -> list[Any]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(listed, (list, tuple)):
        raise DatasetError(f"{key} must be a list", where=source, hint="give one value per text")
    return list(listed)


def _said(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    name, task = document.get("name"), document.get("task")
    return name if isinstance(name, str) else None, task if isinstance(task, str) else None


def _unique(source: str) -> Any:
    def hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for at, key in enumerate(keys) if key in keys[:at])
            what = f"the key {twice!r} appears twice"
            raise DatasetError(what, where=source, hint="rename or remove one")
        return table

    return hook


def _looks_like_lines(text: str) -> bool:
    first = next(line for line in lines(text) if line.strip())
    try:
        return isinstance(json.loads(first), dict)
    except (RecursionError, ValueError):
        return False
