"""A part of the index: the cells of some runs, a column at a time.

The columns lie one behind the other, each a Parquet table of its own with a checksum, so that a
reader takes those that it needs and no others. Behind them a header in JSON names the runs, with
the stamps of the files they were read from, and the columns; the last bytes are the length and
the checksum of the header. A part is never changed; its file stays open while it is used.
"""

from __future__ import annotations

import io
import json
import os
import threading
import uuid
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.logs.folders.plain_files import opened
from probing.logs.index.whole_files import replace_file

if TYPE_CHECKING:
    import polars as pl

SUFFIX = ".cells"
MAGIC = b"probe-tui cells 1\n"
HELD_BYTES = 2**28  # of columns that were read, before the first is forgotten
_FOOT = 16


class PartError(Exception):
    """A part is not as it was written; `part` is the one."""

    def __init__(self, what: str, part: object = None) -> None:
        super().__init__(what)
        self.part = part


@dataclass(frozen=True)
class RunRows:
    """The rows of a run in a part, the stamps of the files that they are from, and warnings."""

    run: str
    stamps: tuple[int, ...]
    first_time: float
    n_rows: int
    warnings: tuple[str, ...] = ()

    def record(self) -> list[Any]:
        """Its values, for a file."""
        return [self.run, [*self.stamps], self.first_time, self.n_rows, [*self.warnings]]

    @classmethod
    def from_record(cls, record: Sequence[Any]) -> RunRows:
        """That of values from a file."""
        run, stamps, first_time, n_rows, warnings = record
        return cls(run, tuple(stamps), first_time, n_rows, tuple(warnings))


class PartFile:
    """A part that is open: raises `PartError` where the file is not as it was written."""

    def __init__(self, path: Path, schema: Mapping[str, Any]) -> None:
        self.path = path
        self._schema = schema
        self._held: OrderedDict[str, pl.Series] = OrderedDict()
        self._n_held = 0.0
        self._lock = threading.Lock()
        try:
            self._file = opened(path)
            header = _header(self._file.fileno())
            self.runs = [RunRows.from_record(one) for one in header["runs"]]
            self._columns: dict[str, list[int]] = header["columns"]
            self.height = sum(one.n_rows for one in self.runs)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PartError(str(error)) from None

    def has(self, name: str) -> bool:
        """Whether a column has a value in any row."""
        return name in self._columns

    def column(self, name: str) -> pl.Series:
        """A column in all rows; texts as categories."""
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
        made = self._read(name)
        with self._lock:
            if name not in self._held:
                self._held[name] = made
                self._n_held += made.estimated_size()
            while self._n_held > HELD_BYTES and len(self._held) > 1:
                self._n_held -= self._held.popitem(last=False)[1].estimated_size()
        return made

    def read(self, name: str) -> pl.Series:
        """A column that is not kept in memory."""
        return self._held[name] if name in self._held else self._read(name)

    def piece(self, name: str, start: int, n_rows: int) -> pl.Series:
        """A column in `n_rows` rows from `start` on, without what the others take."""
        held = self._held.get(name)
        return self._read(name, start, n_rows) if held is None else held.slice(start, n_rows)

    def _read(self, name: str, first: int = 0, n_rows: int | None = None) -> pl.Series:
        import polars as pl

        n_rows = self.height if n_rows is None else n_rows
        if name not in self._columns:
            return pl.repeat(None, n_rows, dtype=column_type(self._schema[name]), eager=True)
        start, length, checksum = self._columns[name]
        try:
            data = os.pread(self._file.fileno(), length, start)
            if zlib.crc32(data) != checksum:
                raise PartError(f"{name} has another checksum", self)
            source = io.BytesIO(data)
            if n_rows == self.height:
                table = pl.read_parquet(source)
            else:
                table = pl.scan_parquet(source).slice(first, n_rows).collect()
            return table.to_series().alias(name)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise PartError(str(error), self) from None


def _header(file: int) -> dict[str, Any]:
    size = os.fstat(file).st_size
    foot = os.pread(file, _FOOT, max(size - _FOOT, 0))
    length, checksum = int.from_bytes(foot[:8], "little"), int.from_bytes(foot[8:], "little")
    if len(foot) < _FOOT or length > size:
        raise ValueError("cut off")
    data = os.pread(file, length, size - _FOOT - length)
    if zlib.crc32(data) != checksum or os.pread(file, len(MAGIC), 0) != MAGIC:
        raise ValueError("another checksum")
    told: dict[str, Any] = json.loads(data)
    return told


def write_part(
    folder: Path,
    runs: Sequence[RunRows],
    columns: Iterable[pl.Series],
    schema: Mapping[str, Any],
) -> Path | None:
    """Write a part with these runs; None where that cannot be. Columns come one by one."""
    path = folder / f"{uuid.uuid4().hex}{suffix(schema)}"
    went_well = replace_file(path, _pieces(runs, columns, schema))
    return path if went_well else None


def _pieces(
    runs: Sequence[RunRows], columns: Iterable[pl.Series], schema: Mapping[str, Any]
) -> Iterator[bytes]:
    yield MAGIC
    at, places = len(MAGIC), dict[str, list[int]]()
    for column in columns:
        if column.null_count() == column.len():
            continue
        buffer = io.BytesIO()
        column.cast(column_type(schema[column.name])).to_frame().write_parquet(
            buffer, compression="lz4", statistics=False
        )
        data = buffer.getvalue()
        places[column.name] = [at, len(data), zlib.crc32(data)]
        at += len(data)
        yield data
    told = {"runs": [one.record() for one in runs]}
    header = json.dumps(told | {"columns": places}, separators=(",", ":")).encode()
    yield header
    yield len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little")


def column_type(kind: Any) -> Any:
    """The type of a column in a part: a text is a category, since few of them differ."""
    import polars as pl

    return pl.Categorical() if kind == pl.String else kind


def suffix(schema: Mapping[str, Any]) -> str:
    """How the parts of this version end: those of one with other columns are not its own."""
    told = json.dumps([[name, str(kind)] for name, kind in schema.items()])
    return f".{zlib.crc32(told.encode()):08x}{SUFFIX}"
