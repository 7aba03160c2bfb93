"""Frames of many rows in all as one table, of which only pieces are in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from probing.logs.results.closing_tables import write_table

if TYPE_CHECKING:
    import polars as pl

ROWS = 50_000  # of a piece


def write_in_parts(path: Path, frames: Iterable[pl.DataFrame], folder: Path) -> str:
    """Write the frames as a table at `path`, by way of unnamed files in `folder`; its SHA-256."""
    with _in_parts(frames, folder) as table:
        return write_rows(path, table)


def write_rows(path: Path, table: pl.LazyFrame) -> str:
    """Write a table piece by piece; returns its SHA-256."""
    return write_table(path, partial(table.sink_parquet, row_group_size=ROWS))


def pieces(n_rows: int) -> Iterator[slice]:
    """So many rows in pieces; one where there are none."""
    return (slice(at, at + ROWS) for at in range(0, max(1, n_rows), ROWS))


@contextmanager
def _in_parts(frames: Iterable[pl.DataFrame], folder: Path) -> Iterator[pl.LazyFrame]:
    """The frames as one that is read piece by piece, from unnamed files in `folder`.

    Polars is given files, not paths: it globs some paths, and refuses those that are not UTF-8.
    """
    import polars as pl

    with ExitStack() as parts:
        files: list[IO[bytes]] = []
        for some in _gathered(frames):
            files.append(parts.enter_context(tempfile.TemporaryFile(dir=folder)))
            pl.concat(some).write_parquet(files[-1])
            files[-1].seek(0)
        yield pl.scan_parquet(files, glob=False) if files else pl.LazyFrame()


def _gathered(frames: Iterable[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    """Frames by lists of some 50,000 rows: few files, and none of them large in memory."""
    some: list[pl.DataFrame] = []
    n_rows = 0
    for frame in frames:
        some.append(frame)
        n_rows += frame.height
        if n_rows >= ROWS:
            yield some
            some, n_rows = [], 0
    if some:
        yield some
