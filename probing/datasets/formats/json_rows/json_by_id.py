"""The original layout: `data.sentences` and `data.labels`, both by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError

_PARTS = {"sentences": "text", "labels": "label", "groups": "group", "splits": "split"}


def read(document: Mapping[str, Any], source: str) -> Table:
    """The table of a document; raises `DatasetError` for an id without a text or a label."""
    parts = {part: document["data"][part] for part in _PARTS if part in document["data"]}
    for part in {"sentences": 0, "labels": 0, **parts}:
        if not isinstance(parts.get(part), Mapping):
            raise DatasetError(f"data.{part} must be an object keyed by id", where=source)
    ids = list(parts["sentences"])
    _same_ids(parts, source)
    columns = {_PARTS[part]: [values.get(key) for key in ids] for part, values in parts.items()}
    return Table(source, columns, ids, unit="id")


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
