"""CSV and TSV with a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from probing.datasets.formats.decoding import lines, read_text
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

_WIDEST_FIELD = 2**31 - 1

Row = tuple[int, list[str]]


def read_csv(path: Path) -> Table:
    """The table of a CSV file, quoted as in RFC 4180; the header shows if `;` or tab separates.

    Raises `DatasetError` that names the line whose fields do not match the header.
    """
    text = read_text(path)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count) if "," not in header else ","
    return _table(path, _quoted(path, text, delimiter), delimiter)


def read_tsv(path: Path) -> Table:
    """The table of a TSV file.

    Most published TSV files do not quote, so quotes count as text unless all are well formed.
    If the rows then do not match the header, the file is read again with quoted fields.
    """
    text = read_text(path)
    rows = [(number, line.split("\t")) for number, line in enumerate(lines(text), 1) if line]
    if any(len(fields) != len(rows[0][1]) for _, fields in rows):
        return _table(path, _quoted(path, text, "\t"))
    return _table(path, _unquoted(rows))


def _quoted(path: Path, text: str, delimiter: str) -> list[Row]:
    csv.field_size_limit(_WIDEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, first_line = [], 1
    try:
        for fields in reader:
            if fields:
                rows.append((first_line, fields))
            first_line = reader.line_num + 1
    except csv.Error as error:
        hint = 'double each quote inside a quoted field ("")'
        where = f"{path}, line {first_line}"
        raise DatasetError(f"not valid CSV: {error}", where=where, hint=hint) from None
    return rows


def _unquoted(rows: Sequence[Row]) -> list[Row]:
    marked = {field for _, fields in rows for field in fields if field.startswith('"')}
    clean: Callable[[str], str] = _inner if all(map(_is_quoted, marked)) else str
    return [(number, [clean(field) for field in fields]) for number, fields in rows]


def _is_quoted(field: str) -> bool:
    inner = field[1:-1].replace('""', "")
    return len(field) > 1 and field.endswith('"') and '"' not in inner


def _inner(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _table(path: Path, rows: Sequence[Row], separator: str = "\t") -> Table:
    header = [name.strip() for name in rows[0][1]]
    twice = [name for at, name in enumerate(header) if name and name in header[:at]]
    if twice:
        what = f"the column {twice[0]!r} appears twice"
        raise DatasetError(what, where=f"{path}, line 1", hint="rename one of them")
    for number, fields in rows[1:]:
        if len(fields) != len(header):
            what = f"{len(fields)} fields, but the header has {len(header)}"
            hint = "quote any text that contains the separator"
            raise DatasetError(what, where=f"{path}, line {number}", hint=hint)
    columns = {name: [fields[at] for _, fields in rows[1:]] for at, name in enumerate(header)}
    return Table(
        str(path), columns, [number for number, _ in rows[1:]], typed=False, separator=separator
    )
