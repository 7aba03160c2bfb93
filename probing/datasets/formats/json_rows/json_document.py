"""A JSON file: parse it, and find which of the known layouts it has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from probing.datasets.formats.decoding import each_line
from probing.datasets.formats.json_rows import json_layouts, json_lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError

_NEXT = re.compile(r"\S")


def read(source: Source) -> Table:
    """The table of a JSON file; one with an object per line is read as JSONL."""
    path, text = source.path, source.text()
    try:
        document = json.loads(text, object_pairs_hook=_unique(str(path)))
    except json.JSONDecodeError as error:
        if _looks_like_lines(text):
            return json_lines.parse(path, partial(each_line, text), source.header)
        where = f"{path}, line {error.lineno}"
        raise DatasetError(f"not valid JSON: {error.msg}", where=where) from None
    except (RecursionError, ValueError) as error:
        raise DatasetError(f"not valid JSON: {error}", where=str(path)) from None
    return from_document(document, str(path), source.header)


def read_lines(source: Source) -> Table:
    """The table of a JSONL file; one that holds a whole document is read as that."""
    if json_lines.are_rows(source.lines):
        return json_lines.parse(source.path, source.lines, source.header)
    text = source.text()
    document = _alone(text)
    if document is not None:
        return from_document(document, str(source.path), source.header)
    objects = _indented(text)
    if objects:
        return from_records(str(source.path), objects, unit="object")
    return json_lines.parse(source.path, partial(each_line, text), source.header)


def _alone(text: str) -> Any:
    """The only value of a text, if it is a list of rows or has lists or objects in it."""
    try:
        document = json.loads(text)
    except (RecursionError, ValueError):
        return None
    parts = document.values() if isinstance(document, Mapping) else document
    has_parts = isinstance(document, (Mapping, list)) and any(
        isinstance(part, (Mapping, list)) for part in parts
    )
    return document if has_parts else None


def _indented(text: str) -> list[Any]:
    """Objects one after the other, each over several lines, as `jq .` writes them."""
    if text.lstrip().partition("\n")[0].strip() != "{":
        return []
    decoder, found, at = json.JSONDecoder(), list[Any](), 0
    try:
        while (begin := _NEXT.search(text, at)) is not None:
            value, at = decoder.raw_decode(text, begin.start())
            found.append(value)
    except (RecursionError, ValueError):
        return []
    return found if all(isinstance(one, Mapping) for one in found) else []


def from_document(document: Any, source: str, header: bool | None = None) -> Table:
    """The table of a parsed document; `header` is whether rows that are lists begin with names.

    Raises `DatasetError` for any other layout, and for an id without a text or a label.
    """
    table = json_layouts.table_of(document, source, header)
    if table is not None:
        return table
    raise DatasetError(
        "unknown JSON layout",
        where=source,
        hint='use [{"text": "...", "label": 0}, ...] or {"text": [...], "label": [...]}',
    )


def is_layout(document: Any) -> bool:
    """Whether a parsed document has a layout that `from_document` reads."""
    try:
        return json_layouts.table_of(document, "") is not None
    except DatasetError:
        return True


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
    every = [line for line in each_line(text) if line.strip()]
    try:
        first = json.loads(every[0])
    except (RecursionError, ValueError):
        return False
    return isinstance(first, Mapping) or (isinstance(first, list) and len(every) > 1)
