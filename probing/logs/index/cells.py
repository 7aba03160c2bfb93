"""The finished cells of many runs as one table, whose columns are read when they are asked for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

from probing.logs.index.part_files import PartError, column_type
from probing.logs.index.row_ranges import RowRanges, ranges_of, row_numbers

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_MOST_CHUNKS = 16
_MOST_HELD = 40
_MOST_PIECES = 32
_STEP = 2**16


class Part(Protocol):
    """Rows of runs, in memory or in a file, a column at a time."""

    def has(self, name: str) -> bool:
        """Whether a column has a value in any row."""
        ...

    def column(self, name: str) -> pl.Series:
        """A column in all rows; texts as categories."""
        ...

    def read(self, name: str) -> pl.Series:
        """The same, of a column that is looked at once."""
        ...

    def piece(self, name: str, start: int, n_rows: int) -> pl.Series:
        """A column in `n_rows` rows from `start` on."""
        ...


class FramePart:
    """Rows in memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def has(self, name: str) -> bool:
        """Whether a column has a value in any row."""
        frame = self._frame
        return name in frame.columns and frame[name].null_count() < frame.height

    def column(self, name: str) -> pl.Series:
        """A column in all rows; texts as categories."""
        column = self._frame[name]
        return column.cast(column_type(column.dtype))

    read = column

    def piece(self, name: str, start: int, n_rows: int) -> pl.Series:
        """A column in `n_rows` rows from `start` on."""
        return self.column(name).slice(start, n_rows)


@dataclass(frozen=True)
class Rows:
    """The rows of a run: those of a part from `start` on."""

    run: str
    part: Part
    start: int
    n_rows: int


class Cells:
    """The cells of `runs` below each other, in the columns of the results.

    Columns that were asked for stay in memory: a metric has nine, and all of them are 200. Of
    those that are asked for in few rows, pieces are read; of which many are, the whole. Texts are
    categories in `column` and `columns`, and texts in `frame`. In `kept` readers keep what they
    found in these cells.
    """

    def __init__(self, runs: Sequence[Rows]) -> None:
        from probing.logs.results.tables import result_schema

        self.runs = [one for one in runs if one.n_rows]
        self.schema = result_schema()
        self.height = sum(one.n_rows for one in self.runs)
        self._spans = _spans(self.runs)
        self._columns: dict[str, pl.Series] = {}
        self._n_pieces: dict[str, int] = {}
        self.kept: dict[str, Any] = {}

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Cells:
        """The cells of a frame of results."""
        lengths = frame["run"].rle().struct.unnest().select("value", "len")
        part, runs, at = FramePart(frame), list[Rows](), 0
        for run, n_rows in lengths.select("value", "len").iter_rows():
            runs.append(Rows(run, part, at, n_rows))
            at += n_rows
        return cls(runs)

    @property
    def is_scattered(self) -> bool:
        """Whether rows that follow each other lie in many places."""
        return len(self._spans) > _MOST_CHUNKS

    def has(self, name: str) -> bool:
        """Whether a column may have a value in any row."""
        if name == "run":
            return self.height > 0
        return any(part.has(name) for part in {id(part): part for part, *_ in self._spans}.values())

    def column(self, name: str) -> pl.Series:
        """A column in all rows; texts are categories. Raises `PartError`."""
        if name not in self._columns:
            self._columns[name] = self._run_names if name == "run" else self._read(name)
        return self._columns[name]

    def read_ahead(self, names: Iterable[str]) -> threading.Thread:
        """Read columns in a thread; what is wrong with one is told to who asks for it."""

        def read() -> None:
            with contextlib.suppress(PartError):
                for name in names:
                    self.column(name)

        thread = threading.Thread(target=read, name="columns", daemon=True)
        thread.start()
        return thread

    def passing(self, name: str) -> pl.Series:
        """A column that is looked at once, and not kept."""
        if name == "run" or name in self._columns:
            return self.column(name)
        return self._read(name, is_held=False)

    def _read(self, name: str, is_held: bool = True) -> pl.Series:
        import polars as pl

        if not self._spans:
            return pl.Series(name, [], dtype=column_type(self.schema[name]))
        if not self.has(name):
            return pl.repeat(
                None, self.height, dtype=column_type(self.schema[name]), eager=True
            ).alias(name)
        # of many pieces a copy is made, beside which parts need not hold theirs
        is_copied = len(self._spans) > _MOST_CHUNKS
        wholes = {
            id(part): part.column(name) if is_held and not is_copied else part.read(name)
            for part in {id(part): part for part, *_ in self._spans}.values()
        }
        pieces = [wholes[id(part)].slice(start, n_rows) for part, start, n_rows in self._spans]
        whole: pl.Series = pl.concat(pieces, rechunk=is_copied)
        return whole.alias(name)

    def has_any(self, name: str, chosen: NDArray[np.bool_]) -> bool:
        """Whether a column has a value in any of the rows that are `chosen`."""
        if not self.has(name):
            return False
        for start in range(0, self.height, _STEP):
            end = min(start + _STEP, self.height)
            if (self._piece(name, start, end).is_not_null().to_numpy() & chosen[start:end]).any():
                return True
        return False

    def _piece(self, name: str, start: int, end: int) -> pl.Series:
        """A column from a row to another."""
        import polars as pl

        if name == "run" or name in self._columns:
            return self.column(name).slice(start, end - start)
        pieces = []
        for at, (part, first, n_rows) in zip(self._span_starts, self._spans, strict=True):
            low, high = max(start, at), min(end, at + n_rows)
            if low < high:
                piece = part.piece(name, first + low - at, high - low)
                pieces.append(piece.cast(self.schema[name]))
        whole: pl.Series = pl.concat(pieces)
        return whole

    def _is_whole(self, name: str, ranges: RowRanges) -> bool:
        """Whether a column is in memory, or pieces of it are asked for so often that it should."""
        self._n_pieces[name] = self._n_pieces.get(name, 0) + len(ranges.starts)
        return name in self._columns or self._n_pieces[name] > _MOST_PIECES

    def _of_ranges(self, name: str, ranges: RowRanges) -> pl.Series:
        """A column in the rows of some ranges."""
        import polars as pl

        whole: pl.Series = pl.concat([self._piece(name, start, end) for start, end in ranges])
        return whole.gather(row_numbers(ranges.places))

    def columns(self, names: Iterable[str]) -> pl.DataFrame:
        """These columns in all rows; texts are categories."""
        import polars as pl

        return pl.DataFrame([self.column(name) for name in dict.fromkeys(names)])

    def frame(
        self, at: NDArray[Any] | slice | None = None, names: Iterable[str] = ()
    ) -> pl.DataFrame:
        """The rows of these numbers, or all, in these columns, or all that are documented."""
        import polars as pl

        names = list(dict.fromkeys(names)) or list(self.schema)
        rows = None if at is None or isinstance(at, slice) else row_numbers(at)
        if isinstance(at, slice):
            height = len(range(*at.indices(self.height)))
        else:
            height = self.height if rows is None else rows.len()
        # all of them held at once would take a kilobyte a row
        is_held = len(names) <= _MOST_HELD
        read = self.column if is_held else self.passing
        ranges = None if at is None or isinstance(at, slice) else ranges_of(at)
        chosen = []
        for name in names:
            if not self.has(name):
                column = pl.repeat(None, height, dtype=self.schema[name], eager=True)
            elif isinstance(at, slice):
                column = read(name)[at]
            elif rows is None:
                column = read(name)
            elif name == "run":
                column = self.run_of(rows)
            elif ranges and not (is_held and self._is_whole(name, ranges)):
                column = self._of_ranges(name, ranges)
            else:
                column = read(name).gather(rows)
            chosen.append(column.cast(self.schema[name]).alias(name))
        return pl.DataFrame(chosen)

    @cached_property
    def _span_starts(self) -> list[int]:
        """The first row of each span."""
        return list(accumulate((n_rows for _, _, n_rows in self._spans[:-1]), initial=0))

    @cached_property
    def run_starts(self) -> list[int]:
        """The first row of each of `runs`."""
        starts, at = [], 0
        for one in self.runs:
            starts.append(at)
            at += one.n_rows
        return starts

    @cached_property
    def _run_names(self) -> pl.Series:
        import polars as pl

        lengths = pl.Series("n", [one.n_rows for one in self.runs], pl.UInt32)
        at = pl.DataFrame({"at": pl.Series(range(lengths.len()), dtype=pl.UInt32), "n": lengths})
        row = at.select(pl.col("at").repeat_by("n").explode()).to_series()
        return self._names.gather(row)

    @cached_property
    def _names(self) -> pl.Series:
        import polars as pl

        names = pl.Series("run", [one.run for one in self.runs], pl.String)
        return names.cast(pl.Categorical())

    def run_of(self, rows: pl.Series) -> pl.Series:
        """The run of each of these rows, as a category."""
        import polars as pl

        starts = pl.Series(self.run_starts, dtype=pl.UInt32)
        return self._names.gather(starts.search_sorted(rows, side="right") - 1)


def _spans(runs: Sequence[Rows]) -> list[tuple[Any, int, int]]:
    """The pieces of parts that follow each other, as few as can be."""
    spans: list[tuple[Any, int, int]] = []
    for one in runs:
        if spans and spans[-1][0] is one.part and sum(spans[-1][1:]) == one.start:
            part, start, n_rows = spans[-1]
            spans[-1] = part, start, n_rows + one.n_rows
        else:
            spans.append((one.part, one.start, one.n_rows))
    return spans
