"""JSONL: one object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.datasets.formats.decoding import lines, read_text
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError


def read(path: Path) -> Table:
    """The table of a JSONL file; blank lines are passed over.

    Raises `DatasetError` naming the line that is not an object.
    """
    return parse(path, read_text(path))


def parse(path: Path, text: str) -> Table:
    """The table of JSONL text that was read from `path`."""
    every = lines(text)
    numbers = [number for number, line in enumerate(every, 1) if line.strip()]
    records = (_record(path, number, every[number - 1]) for number in numbers)
    return from_records(str(path), records, numbers=numbers)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    where = f"{path}, line {number}"
    try:
        record = json.loads(line)
    except (RecursionError, ValueError) as error:
        hint = "every line must be one JSON object, whole"
        reason = getattr(error, "msg", error)
        raise DatasetError(f"not valid JSON: {reason}", where=where, hint=hint) from None
    if not isinstance(record, dict):
        hint = 'such as {"text": "Paris is in France.", "label": true}'
        raise DatasetError(f"{_short(record)} is not an object", where=where, hint=hint)
    return record


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
