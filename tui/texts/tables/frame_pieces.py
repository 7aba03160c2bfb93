"""Rows that come in pieces of one schema, as data: many take the memory of a piece alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tui.texts.tables.table_files import ROWS, csv_parts

if TYPE_CHECKING:
    import polars as pl

_CHUNK = 2**22


def csv_of(pieces: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """CSV, with one header."""
    for at, piece in enumerate(pieces):
        yield from csv_parts(piece, with_header=at == 0)


def json_of(pieces: Iterable[pl.DataFrame], *, in_ascii: bool) -> Iterator[bytes]:
    """One JSON list of all rows; each part but the last ends a line."""
    is_first = True
    for part in (part for piece in pieces for part in piece.iter_slices(ROWS)):
        rows = json.dumps(part.to_dicts(), ensure_ascii=in_ascii, indent=1, default=str)
        yield b"[\n" if is_first else b",\n"
        yield rows.removeprefix("[\n").removesuffix("\n]").encode()
        is_first = False
    yield b"[]\n" if is_first else b"\n]\n"


def parquet_of(pieces: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """A Parquet file."""
    with ParquetParts() as parts:
        for piece in pieces:
            parts.add(piece)
        yield from parts.joined()


class ParquetParts:
    """Pieces as files of their own, which are joined at the end; to be used as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="probe-tui-")
        self._paths: list[Path] = []

    def __enter__(self) -> ParquetParts:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, piece: pl.DataFrame) -> None:
        """Take in some rows."""
        self._paths.append(Path(self._folder.name) / f"{len(self._paths):06d}.parquet")
        piece.write_parquet(self._paths[-1])

    def joined(self) -> Iterator[bytes]:
        """All rows as one file; nothing where there were none."""
        import polars as pl

        if not self._paths:
            return
        whole = Path(self._folder.name) / "whole"
        pl.scan_parquet(self._paths).sink_parquet(whole)
        with whole.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
