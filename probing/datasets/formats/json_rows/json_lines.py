"""JSONL: one JSON object, or one list of values, per line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.json_rows import list_rows
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError


def read(source: Source) -> Table:
    """The table of a JSONL file, with an object or a list on each line; blank ones are skipped.

    Raises `DatasetError` that names the line that is neither.
    """
    return parse(source.path, source.text(), source.header)


def parse(path: Path, text: str, header: bool | None = None) -> Table:
    """The table of JSONL text that was read from `path`."""
    every = lines(text)
    numbers = [number for number, line in enumerate(every, 1) if line.strip()]
    if every[numbers[0] - 1].lstrip().startswith("["):
        rows = [_parsed(path, number, every[number - 1]) for number in numbers]
        if all(isinstance(row, list) for row in rows):
            table = list_rows.table_of(rows, str(path), numbers, "line", header)
            if table is not None:
                return table
    records = (_record(path, number, every[number - 1]) for number in numbers)
    return from_records(str(path), records, numbers=numbers)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    record = _parsed(path, number, line)
    if not isinstance(record, dict):
        hint = 'write each line as {"text": "Paris is in France.", "label": true}'
        where = f"{path}, line {number}"
        raise DatasetError(f"not a JSON object: {_short(record)}", where=where, hint=hint)
    return record


def _parsed(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (RecursionError, ValueError) as error:
        hint = "each line must hold one complete JSON object"
        reason = getattr(error, "msg", error)
        where = f"{path}, line {number}"
        raise DatasetError(f"not valid JSON: {reason}", where=where, hint=hint) from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
