"""CSV, TSV and their like: fields between separators, with or without a header line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from probing.datasets.formats.fields import unquoted
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

_WIDEST_FIELD = 2**31 - 1
_SEPARATORS = ",;\t|"
_SAID = re.compile(r'"?sep=([^\r\n])"?(?:\r\n|\n|\r)')

Row = tuple[int, list[str]]


def read_csv(source: Source) -> Table:
    """The table of a CSV file, quoted as in RFC 4180.

    The separator is that of a first line such as `sep=;`, else a comma, `;`, tab or `|` of the
    first line with which all rows have as many fields. Raises `DatasetError` that names the line
    whose fields do not match.
    """
    body, first, said = _start(source.text())
    failure = None
    for separator in [said] if said else _separators(body, source.header):
        try:
            rows = _quoted(source.path, body, separator, first)
            return _table(source, rows, separator)
        except DatasetError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def read_tsv(source: Source) -> Table:
    """The table of a TSV file.

    Most published TSV files do not quote, so quotes count as text unless all are well formed.
    If the rows then differ in their fields, the file is read again with quoted fields, and where
    that does not help either, the error is about the reading with fewer faults.
    """
    body, first, said = _start(source.text())
    if said not in (None, "\t") or "\t" not in _first_line(body):
        return read_csv(source)
    rows = unquoted.rows(body, first)
    n_faults = _n_faults(rows)
    if n_faults:
        try:
            quoted = _quoted(source.path, body, "\t", first)
        except DatasetError:
            quoted = []
        if quoted and _n_faults(quoted) < n_faults:
            return _table(source, quoted, "\t")
    return _table(source, unquoted.cleaned(rows), "\t")


def _start(text: str) -> tuple[str, int, str | None]:
    """The text after Excel's `sep=` line, the number of its first line, and the separator."""
    said = _SAID.match(text)
    return (text[said.end() :], 2, said[1]) if said else (text, 1, None)


def _first_line(body: str) -> str:
    return next((line for line in io.StringIO(body) if line.strip()), "")


def _separators(body: str, header: bool | None) -> Sequence[str]:
    line = re.sub(r'"[^"]*"', "", _first_line(body))
    present = [separator for separator in _SEPARATORS if separator in line]
    if header is not False:
        present.sort(key=line.count, reverse=True)
    return present or [","]


def _quoted(path: Path, body: str, separator: str, first: int) -> list[Row]:
    csv.field_size_limit(_WIDEST_FIELD)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    rows, line = [], first
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                rows.append((line, fields))
            line = first + reader.line_num
    except csv.Error as error:
        hint = 'double each quote inside a quoted field ("")'
        where = f"{path}, line {line}"
        raise DatasetError(f"not valid CSV: {error}", where=where, hint=hint) from None
    return rows


def _n_faults(rows: Sequence[Row]) -> int:
    return sum(len(fields) != len(rows[0][1]) for _, fields in rows)


def _table(source: Source, rows: Sequence[Row], separator: str) -> Table:
    if not rows:
        raise DatasetError("no rows", where=str(source.path), hint="a dataset needs at least two")
    has_header = source.header is not False
    names = _names(source, rows[0]) if has_header else [str(at) for at in range(len(rows[0][1]))]
    rows = list(_of_width(source.path, rows, has_header))[has_header:]
    columns = {name: [fields[at] for _, fields in rows] for at, name in enumerate(names)}
    numbers = [number for number, _ in rows]
    return Table(str(source.path), columns, numbers, typed=False, separator=separator)


def _names(source: Source, row: Row) -> list[str]:
    names = [name.strip() for name in row[1]]
    twice = [name for at, name in enumerate(names) if name and name in names[:at]]
    if twice:
        what = f"the column {twice[0]!r} appears twice"
        hint = "rename one of them, or set header = false if the first line is data"
        raise DatasetError(what, where=f"{source.path}, line {row[0]}", hint=hint)
    return names


def _of_width(path: Path, rows: Sequence[Row], has_header: bool) -> Iterator[Row]:
    width, whose = len(rows[0][1]), "header" if has_header else "first line"
    _check_first(path, rows, whose)
    for number, fields in rows:
        if len(fields) != width:
            what = f"{len(fields)} fields, but the {whose} has {width}"
            hint = "quote any text that contains the separator"
            raise DatasetError(what, where=f"{path}, line {number}", hint=hint)
        yield number, fields


def _check_first(path: Path, rows: Sequence[Row], whose: str) -> None:
    """Raises `DatasetError` where the first line is the odd one: a title or a remark."""
    (number, first), rest = rows[0], rows[1:]
    if len(rest) < 2:
        return
    [(width, n_alike)] = Counter(len(fields) for _, fields in rest).most_common(1)
    if width != len(first) and 2 * n_alike > len(rest):
        what = f"the {whose} has {len(first)} fields, but {n_alike:,} of the lines after it {width}"
        hint = "remove the lines before the header, or quote any text that contains the separator"
        raise DatasetError(what, where=f"{path}, line {number}", hint=hint)
