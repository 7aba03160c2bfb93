"""JSONL: one JSON object, or one list of values, per line."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from probing.datasets.formats.json_rows import list_rows
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError

Lines = Callable[[], Iterator[str]]


def parse(path: Path, lines: Lines, header: bool | None = None) -> Table:
    """The table of the lines of JSONL at `path`, with an object or a list on each; blank ones are
    skipped.

    Raises `DatasetError` that names the line that is neither.
    """
    if _first(lines).startswith("["):
        numbers = array("q")
        rows = [_parsed(path, number, line) for number, line in _filled(lines, numbers)]
        if all(isinstance(row, list) for row in rows):
            table = list_rows.table_of(rows, str(path), numbers, "line", header)
            if table is not None:
                return table
    numbers = array("q")
    records = (_record(path, number, line) for number, line in _filled(lines, numbers))
    return from_records(str(path), records, numbers=numbers)


def are_rows(lines: Lines) -> bool:
    """Whether there are several lines, and the first of them is a row by itself."""
    filled = (line for line in lines() if line.strip())
    first, second = next(filled, ""), next(filled, None)
    if second is None or not first.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(first)
    except (RecursionError, ValueError):
        return False
    return True


def _first(lines: Lines) -> str:
    """The first line that is not blank, from where it is filled."""
    return next(line for line in lines() if line.strip()).lstrip()


def _filled(lines: Lines, numbers: array[int]) -> Iterator[tuple[int, str]]:
    """The number of each line that is not blank, with the line; the numbers are kept."""
    for number, line in enumerate(lines(), 1):
        if line.strip():
            numbers.append(number)
            yield number, line


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
