"""Read the texts of a file one after another: lines, JSON lines, CSV, or any dataset."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.datasets.columns import USUAL
from probing.datasets.formats.compression import opened
from probing.datasets.formats.endings import COMPRESSED, ending
from probing.datasets.formats.reader_choice import read
from probing.datasets.lookup import resolve
from probing.datasets.streams.csv_records import records
from probing.datasets.streams.lines import growing_lines, lines_of
from probing.errors import DatasetError, nearest
from probing.spec import DatasetSpec

STDIN = "-"
_JSON_LINES = (".jsonl", ".ndjson")
_SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_PLAIN = ("", ".txt", ".text", ".log", ".md")


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its number, counted from 1; `lacking` says why it has no text that counts."""

    number: int
    text: str
    lacking: str = ""


Rows = Iterator[Row | None]
"""Rows; None where there is nothing new yet of a file that grows."""
_Lines = Iterator[bytes | None]


def texts_of(name: str, column: str | None = None, *, watch: bool = False) -> Rows:
    """The texts of a file, of standard input (`-`), or of a dataset by its name.

    A plain text has one on each line. Of rows with several columns it is `column`, or the first
    that has a usual name for texts. A row without a text says why, and the others go on. Where it
    is to `watch`, the file is followed as it grows. Raises `DatasetError` for a file that cannot
    be read, or has no such column.
    """
    if name == STDIN:
        return _of_lines(lines_of(sys.stdin.buffer, "standard input"), column)
    path = Path(name).expanduser()
    if not path.exists():
        path = resolve(DatasetSpec(name), Path.cwd())[0]
    kind = ending(path) if path.is_file() else None
    has_lines = kind in (*_PLAIN, *_JSON_LINES, *_SEPARATORS)
    if watch and (not has_lines or path.suffix.lower() in COMPRESSED):
        what = "cannot be followed: it is not made of lines"
        raise DatasetError(what, where=name, hint="use text, JSON lines or CSV, not compressed")
    if not has_lines:
        return _of_table(path, column)
    lines: _Lines = growing_lines(path) if watch else _lines(path)
    if kind in _SEPARATORS:
        return _of_csv(lines, column, _SEPARATORS[kind], str(path))
    wanted = column or (list(USUAL["text"]) if kind in _JSON_LINES else None)
    return _of_lines(lines, wanted)


def _lines(path: Path) -> _Lines:
    """The lines of a file, which may be compressed."""
    with opened(path) as stream:
        yield from lines_of(stream, str(path))


def _of_lines(lines: _Lines, column: str | Sequence[str] | None) -> Rows:
    """A text of each line, or of the object that stands there where a column is wanted."""
    number = 0
    for line in lines:
        if line is None:
            yield None
            continue
        number += 1
        text, lacking = _decoded(line)
        if not lacking and column is not None:
            text, lacking = _of_json(text, [column] if isinstance(column, str) else column)
        yield _row(number, text, lacking)


def _decoded(line: bytes) -> tuple[str, str]:
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode(), ""
    except UnicodeDecodeError:
        return "", "it is not UTF-8"


def _of_json(line: str, columns: Sequence[str]) -> tuple[str, str]:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return "", "it is no JSON" if line.strip() else "it is empty"
    if isinstance(found, dict):
        by_name = {str(key).lower(): value for key, value in found.items()}
        found = next((by_name[one.lower()] for one in columns if one.lower() in by_name), None)
    if isinstance(found, str):
        return found, ""
    return "", f"it has no text {columns[0]!r}"


def _of_csv(lines: _Lines, column: str | None, separator: str, where: str) -> Rows:
    at: int | None = None
    number = 0
    for record in records(lines, separator):
        if record is None:
            yield None
        elif at is None:
            at = _place(record.cells, column, where)
        else:
            number += 1
            text, lacking = _cell(record.cells, at)
            yield _row(number, text, record.fault or lacking)


def _cell(cells: Sequence[str], at: int) -> tuple[str, str]:
    """The text of a record, and why it has none."""
    if not cells:
        return "", ""
    if at >= len(cells):
        return "", "it has too few columns"
    return _decoded(cells[at].encode(errors="surrogateescape"))


def _of_table(path: Path, column: str | None) -> Rows:
    """Of a format that is read whole."""
    table = read(path)
    names = list(table.columns)
    texts = table.columns[names[_place(names, column, str(path))]]
    for number, text in enumerate(texts, 1):
        yield _row(number, text if isinstance(text, str) else "", "")


def _place(names: Sequence[str], column: str | None, where: str) -> int:
    lower = [name.strip().lower() for name in names]
    wanted = [column.lower()] if column else [*USUAL["text"]]
    found = next((lower.index(one) for one in wanted if one in lower), None)
    if found is not None:
        return found
    if column is None and len(names) == 1:
        return 0
    if column:
        raise DatasetError(f"no column {column!r}", where=where, hint=nearest(column, names))
    hint = f"name one with --column: {', '.join(names)}"
    raise DatasetError("cannot tell which column is the text", where=where, hint=hint)


def _row(number: int, text: str, lacking: str) -> Row:
    return Row(number, text, lacking or ("" if text.strip() else "it is empty"))


def in_chunks(rows: Iterable[Row | None], first: int, largest: int) -> Iterator[list[Row]]:
    """Rows together, at most `first` and then ever more of them, or as many as there are yet."""
    chunk: list[Row] = []
    size = first
    for row in rows:
        if row is not None:
            chunk.append(row)
        if chunk and (row is None or len(chunk) >= size):
            yield chunk
            chunk, size = [], size if row is None else min(2 * size, largest)
    if chunk:
        yield chunk
