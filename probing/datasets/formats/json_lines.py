"""JSONL: one JSON object per line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError


def read(source: Source) -> Table:
    """The table of a JSONL file; blank lines are skipped.

    Raises `DatasetError` that names the line that is not an object.
    """
    return parse(source.path, source.text())


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
        hint = "each line must hold one complete JSON object"
        reason = getattr(error, "msg", error)
        raise DatasetError(f"not valid JSON: {reason}", where=where, hint=hint) from None
    if not isinstance(record, dict):
        hint = 'write each line as {"text": "Paris is in France.", "label": true}'
        raise DatasetError(f"not a JSON object: {_short(record)}", where=where, hint=hint)
    return record


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
