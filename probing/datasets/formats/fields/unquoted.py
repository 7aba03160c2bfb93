"""Rows of a TSV file whose quotes may belong to the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from probing.datasets.formats.decoding import lines

Row = tuple[int, list[str]]


def rows(body: str, first: int) -> list[Row]:
    """The fields of every line that is not blank; `first` is the number of the first line."""
    every = enumerate(lines(body), first)
    return [(number, line.split("\t")) for number, line in every if line.strip()]


def cleaned(rows: Sequence[Row]) -> list[Row]:
    """The rows without the quotes around fields, if every field that begins with one is quoted."""
    marked = {field for _, fields in rows for field in fields if field.startswith('"')}
    clean: Callable[[str], str] = _inner if all(map(_is_quoted, marked)) else str
    return [(number, [clean(field) for field in fields]) for number, fields in rows]


def _is_quoted(field: str) -> bool:
    inner = field[1:-1].replace('""', "")
    return len(field) > 1 and field.endswith('"') and '"' not in inner


def _inner(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field
