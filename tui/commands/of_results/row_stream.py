"""Rows that come in chunks, printed or written as they come: a million of them fit."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

import polars as pl

from probing.errors import SpecError
from probing.probes import Card
from probing.probes.labels import labels_of
from tui.console import output
from tui.console.reports.token_maps import maps_of
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.texts.tables.csv_cells import without_formulas
from tui.texts.tables.frame_pieces import ParquetParts

Columns = Mapping[str, Sequence[Any]]
_TEXTS = ("text", "probe", "token", "prediction")
_WHOLE = ("token_at",)


class Writer(Protocol):
    """Writes chunks of rows in one format."""

    def take(self, columns: Columns) -> None: ...
    def close(self) -> None: ...


class RowStream:
    """Writes rows in the format `kind` to a file, or to standard output; to be used as a context.

    Raises `SpecError` for a table that is to go into a file, or a file that cannot be written.
    """

    def __init__(self, kind: str, path: str | None, writer: Writer | None = None) -> None:
        if kind == "table" and path is not None:
            hint = "add --format csv, json, jsonl or parquet"
            raise SpecError("a file cannot hold a table", hint=hint)
        self.path = None if path is None else Path(path).expanduser()
        self.n = 0
        self._file = _opened(self.path)
        self._writer = writer or _writer(kind, self._file)

    def __enter__(self) -> RowStream:
        return self

    def take(self, columns: Columns) -> None:
        """Write some rows."""
        self.n += len(columns["text"])
        self._writer.take(columns)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or self.n:
            self._writer.close()
        if self.path is not None:
            self._file.close()
            if kind is not None and not self.n:
                self.path.unlink(missing_ok=True)
            if kind is None:
                line = f"wrote {counted(self.n, 'row')} to {clean(self.path)}"
                print(line, file=sys.stderr)


def _opened(path: Path | None) -> IO[bytes]:
    if path is None:
        return _Standard()  # type: ignore[return-value]
    try:
        return path.open("wb")
    except OSError as error:
        raise SpecError(f"cannot be written ({error.strerror})", where=str(path)) from None


class _Standard:
    """Standard output, as text on a terminal."""

    def write(self, data: bytes) -> None:
        output.write_data(data)


def _writer(kind: str, file: IO[bytes]) -> Writer:
    if kind == "table":
        return _Table()
    if kind == "parquet":
        return _Parquet(file)
    return _Csv(file) if kind == "csv" else _Json(file, is_lines=kind == "jsonl")


class _Table:
    """Chunks as a table, whose columns keep the widths of the first chunk."""

    def __init__(self) -> None:
        self._is_first = True

    def take(self, columns: Columns) -> None:
        numbers = [name for name in columns if name not in _TEXTS]
        table = output.plain_table(right=tuple(numbers))
        for name, values in columns.items():
            table.add_column(name, [_cell(name, value) for value in values], name in numbers)
        output.write_table(table, with_header=self._is_first)
        self._is_first = False

    def close(self) -> None:
        """Nothing is held back."""


class Maps:
    """The rows of tokens as pictures of layers × tokens."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self.cards, self.labels = cards, labels_of(cards)

    def take(self, columns: Columns) -> None:
        """Print the pictures of some texts."""
        for one in maps_of(columns, self.cards, self.labels):
            for line in one.lines(output.width(), colour=output.has_colour()):
                print(line)

    def close(self) -> None:
        """Nothing is held back."""


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}" if name == "probability" else f"{value:.4g}"
    return clean(value)


class _Csv:
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._is_first = file, True

    def take(self, columns: Columns) -> None:
        frame = without_formulas(_frame(columns))
        self._file.write(frame.write_csv(include_header=self._is_first).encode())
        self._is_first = False

    def close(self) -> None:
        """Nothing is held back."""


class _Json:
    """An object a line: as they are, or as the items of one list."""

    def __init__(self, file: IO[bytes], *, is_lines: bool) -> None:
        self._file, self._is_lines, self._begun = file, is_lines, False

    def take(self, columns: Columns) -> None:
        lines = _frame(columns).write_ndjson().splitlines()
        if self._is_lines:
            self._file.write("".join(f"{line}\n" for line in lines).encode())
            return
        before = ",\n" if self._begun else "[\n"
        self._file.write((before + ",\n".join(lines)).encode())
        self._begun = True

    def close(self) -> None:
        """End the list."""
        if not self._is_lines:
            self._file.write(b"\n]\n" if self._begun else b"[]\n")


class _Parquet:
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._parts = file, ParquetParts()

    def take(self, columns: Columns) -> None:
        self._parts.add(_frame(columns))

    def close(self) -> None:
        """Join what there is."""
        with self._parts:
            for chunk in self._parts.joined():
                self._file.write(chunk)


def _frame(columns: Columns) -> pl.DataFrame:
    """The rows, with types that do not depend on what is empty in a chunk."""
    schema = {name: _type(name, values) for name, values in columns.items()}
    return pl.DataFrame(dict(columns), schema=schema, strict=False)


def _type(name: str, values: Sequence[Any]) -> Any:
    if name in _WHOLE:
        return pl.Int64
    is_number = any(isinstance(value, float) for value in values)
    return pl.String if name in _TEXTS and not is_number else pl.Float64
