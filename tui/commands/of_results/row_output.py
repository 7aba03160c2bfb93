"""Rows as data: the format that is asked for, printed or written to a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from probing.errors import SpecError
from tui.arguments.parser import FORMATS
from tui.console import output
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.texts.tables.frame_pieces import csv_of, json_of, parquet_of
from tui.texts.tables.markup_tables import MARKUP
from tui.texts.tables.table_files import csv_parts, frame_bytes

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable

BY_SUFFIX = {f".{name}": name for name in (*FORMATS, "jsonl") if name != "table"}
AS_DATA = ("csv", "json", "parquet")
MARKUP_SUFFIX = {".md": "markdown", ".tex": "latex"}


def kind_of(given: Namespace, *, markup: bool = False) -> str:
    """The format that is asked for, with `markup` also that of a table in a text; refuses Parquet
    on a terminal."""
    kind: str = given.format or _kind(given.output, markup)
    if kind == "parquet" and given.output is None and output.is_terminal():
        hint = "add --output FILE"
        raise SpecError("Parquet cannot be printed to a terminal", hint=hint)
    return kind


def _kind(file: str | None, markup: bool) -> str:
    known = BY_SUFFIX | (MARKUP_SUFFIX if markup else {})
    return known.get(Path(file).suffix.lower(), "table") if file else "table"


def show_rows(
    given: Namespace,
    kind: str,
    rows: Callable[[], pl.DataFrame],
    as_table: Callable[[], None],
    whole: Callable[[], TextTable] | None = None,
) -> None:
    """Write the rows to the file that is asked for, or print them, as a table by `as_table`.

    The table of `whole` becomes Markdown or LaTeX, where a command offers these.
    """
    if kind in MARKUP:
        _show_markup(given, kind, whole)
    elif given.output is not None:
        write_rows(rows(), kind, Path(given.output).expanduser())
    elif kind == "table":
        as_table()
    else:
        print_rows(rows(), kind)


def show_pieces(given: Namespace, kind: str, pieces: Iterable[pl.DataFrame]) -> None:
    """As `show_rows`, of rows that come in pieces of one schema and become data."""
    counts, is_printed = list[int](), given.output is None
    data = _data_of(kind, _counted(pieces, counts), is_printed)
    if is_printed:
        for part in data:
            _print(part, kind)
        return
    path = Path(given.output).expanduser()
    try:
        with path.open("wb") as file:
            file.writelines(data)
    except OSError as error:
        raise _unwritten(error, path) from None
    _tell_written(sum(counts), path)


def _data_of(kind: str, pieces: Iterable[pl.DataFrame], is_printed: bool) -> Iterable[bytes]:
    if kind == "json":
        return json_of(pieces, in_ascii=is_printed)
    return csv_of(pieces) if kind == "csv" else parquet_of(pieces)


def _counted(pieces: Iterable[pl.DataFrame], counts: list[int]) -> Iterator[pl.DataFrame]:
    for piece in pieces:
        counts.append(piece.height)
        yield piece


def _print(part: bytes, kind: str) -> None:
    if kind == "csv":
        output.write_data(part)
    else:  # of which a terminal gets ASCII
        sys.stdout.buffer.write(part)


def _show_markup(given: Namespace, kind: str, whole: Callable[[], TextTable] | None) -> None:
    if whole is None:
        raise SpecError(f"these rows cannot be written as {kind}", hint="add --format csv or json")
    table = whole()
    text = MARKUP[kind](table)
    if given.output is None:
        output.write_data(text.encode())
    else:
        n_rows = max(map(len, table.columns.values()), default=0)
        _write(text.encode(), n_rows, Path(given.output).expanduser())


def print_rows(frame: pl.DataFrame, kind: str) -> None:
    """Print the rows as CSV, JSON or Parquet."""
    if kind == "parquet":
        sys.stdout.buffer.write(frame_bytes(frame, kind))
    elif kind == "json":
        output.write_json(frame.to_dicts())
    else:
        for part in csv_parts(frame):
            output.write_data(part)


def write_rows(frame: pl.DataFrame, kind: str, path: Path) -> None:
    """Write the rows to a file, and say so; raises `SpecError` where that cannot be."""
    if kind == "table":
        raise SpecError("a file cannot hold a table", hint="add --format csv, json or parquet")
    _write(frame_bytes(frame, kind), frame.height, path)


def _write(data: bytes, n_rows: int, path: Path) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise _unwritten(error, path) from None
    _tell_written(n_rows, path)


def _unwritten(error: OSError, path: Path) -> SpecError:
    return SpecError(f"cannot be written ({error.strerror})", where=str(path))


def _tell_written(n_rows: int, path: Path) -> None:
    print(f"wrote {counted(n_rows, 'row')} to {clean(path)}", file=sys.stderr)
