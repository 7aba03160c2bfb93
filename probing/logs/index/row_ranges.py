"""Rows that lie near each other: what holds them is read alone, and not the whole column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

NEAR = 2**12  # rows: a gap as wide is not read
_MOST_RANGES = 4
_MOST_ROWS = 2**16
_FEW = 2**15


@dataclass(frozen=True)
class RowRanges:
    """Ranges of rows, and where each row lies in them below each other."""

    starts: list[int]
    ends: list[int]
    places: NDArray[Any]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)


def ranges_of(rows: NDArray[Any]) -> RowRanges | None:
    """The few ranges that hold these rows; None where they are many or wide."""
    import numpy as np

    if not len(rows):
        return None
    ordered = np.sort(rows)
    lasts = np.flatnonzero(np.diff(ordered) > NEAR)
    starts = ordered[np.append(0, lasts + 1)]
    ends = ordered[np.append(lasts, -1)] + 1
    if len(starts) > _MOST_RANGES:
        starts, ends = ordered[:1], ordered[-1:] + 1
    if int((ends - starts).sum()) > _MOST_ROWS:
        return None
    of_range = np.searchsorted(starts, rows, side="right") - 1
    before = np.append(0, np.cumsum(ends - starts)[:-1])
    return RowRanges(starts.tolist(), ends.tolist(), rows - starts[of_range] + before[of_range])


def row_numbers(rows: NDArray[Any]) -> pl.Series:
    """Numbers of rows for Polars, which imports `numpy.ma` for an array: not for those of a few."""
    import polars as pl

    return pl.Series(rows.tolist() if len(rows) < _FEW else rows, dtype=pl.UInt32)
