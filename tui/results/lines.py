"""The lines of a listing, made when they are looked at: a table of a million has but its screen."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from probing.logs.index.row_ranges import row_numbers
from tui.plot.axis import Axis, metric_axis
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.series import OF_SERIES, PARTS, Key, Series, series_of
from tui.results.listing import Listing
from tui.results.rows import (
    Line,
    cell_columns,
    cell_line,
    parts_of,
    series_columns,
    series_line,
    sort_ranks,
)
from tui.widgets.column_widths import Column

if TYPE_CHECKING:
    from tui.results.series_table import Mask, Whole

BLOCK = 48
BLOCKS = 24
ENDS = ("", "_low", "_high", "_band_low", "_band_high", "_best")
_OF_POINTS = ("layer", "n_texts", "n_groups")


class ListedSeries(Sequence[Series]):
    """Series of a listing by number, read when they are asked for."""

    def __init__(self, listing: Listing, series: Whole, chosen: Mask) -> None:
        self._listing, self._series, self._chosen = listing, series, chosen
        self._held: OrderedDict[int, list[Series]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._series)

    @overload
    def __getitem__(self, at: int) -> Series: ...
    @overload
    def __getitem__(self, at: slice) -> list[Series]: ...
    def __getitem__(self, at: int | slice) -> Series | list[Series]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        block = at // BLOCK
        if block not in self._held:
            numbers = self._series[block * BLOCK : (block + 1) * BLOCK]
            self._held[block] = read_series(self._listing, numbers, self._chosen)
            while len(self._held) > BLOCKS:
                self._held.popitem(last=False)
        return self._held[block][at % BLOCK]

    def __iter__(self) -> Iterator[Series]:
        return (self[at] for at in range(len(self)))

    @property
    def numbers(self) -> Whole:
        """The numbers of the series in their table."""
        return self._series


def read_series(listing: Listing, numbers: Sequence[int] | Whole, chosen: Mask) -> list[Series]:
    """The series of these numbers, in this order, of the rows that are `chosen`."""
    table, metric = listing.table, listing.metric
    rows = table.rows_of(numbers)
    rows = rows[chosen[rows]]
    names = [*PARTS, "trained_on", *OF_SERIES, *_OF_POINTS]
    names += [f"{metric}{end}" for end in ENDS]
    frame = named_transfers(table.cells.frame(rows, names))
    by_key = {one.key: one for one in series_of(frame, metric)}
    return [by_key[table.key(int(at))] for at in numbers]


class Lines(Sequence[Line]):
    """One line for each series, or for each cell, in an order; made a block at a time.

    `numbers` are those of series, or of rows where it is by cell.
    """

    def __init__(self, listing: Listing, by_cell: bool) -> None:
        self.listing, self.by_cell = listing, by_cell
        self.numbers: Whole = listing.cell_rows if by_cell else listing.rest
        self.parts, self.shared = parts_of(listing.table.names, listing.rest)
        self._held: OrderedDict[int, list[Line]] = OrderedDict()
        self._looked_at: list[Line] | None = None
        shown = listing.values[listing.cell_rows]
        ends = [float(shown.min()), float(shown.max())] if len(shown) else []
        self._axis: Axis = metric_axis(listing.metric, ends, 10)

    @property
    def columns(self) -> list[Column]:
        """The columns of the lines."""
        controls = self.listing.controls
        if self.by_cell:
            return cell_columns(self.parts, controls)
        return series_columns(self.parts, self.listing.metric, self._has_bands, controls)

    @cached_property
    def _has_bands(self) -> bool:
        band = f"{self.listing.metric}_band_low"
        return self.listing.table.cells.has_any(band, self.listing.is_shown)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        block = at // BLOCK
        if block not in self._held:
            self._held[block] = self._made(self.numbers[block * BLOCK : (block + 1) * BLOCK])
            while len(self._held) > BLOCKS:
                self._held.popitem(last=False)
        return self._held[block][at % BLOCK]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and (
            self.listing is other.listing
            and self.by_cell == other.by_cell
            and np.array_equal(self.numbers, other.numbers)
        )

    __hash__ = None  # type: ignore[assignment]

    def _made(self, numbers: Whole) -> list[Line]:
        listing, table = self.listing, self.listing.table
        rows = numbers if self.by_cell else listing.best[numbers]
        series = list(dict.fromkeys((table.of_row[numbers] if self.by_cell else numbers).tolist()))
        read = dict(zip(series, read_series(listing, series, listing.is_shown), strict=True))
        others: list[list[float | None]] = [[] for _ in rows]
        for name in listing.controls:
            for found, value in zip(others, listing.control_values(name, rows), strict=True):
                found.append(None if math.isnan(value) else float(value))
        if self.by_cell:
            both = zip(rows.tolist(), others, strict=True)
            return [self._of_cell(row, read, beside) for row, beside in both]
        return [
            series_line(read[at], self.parts, listing.metric, self._axis, beside)
            for at, beside in zip(series, others, strict=True)
        ]

    def _of_cell(self, row: int, read: dict[int, Series], others: list[float | None]) -> Line:
        listing, table = self.listing, self.listing.table
        at = int(table.of_row[row])
        layer = table.cells.column("layer")[row]
        point = next(one for one in read[at].points if one.layer == layer)
        is_best = int(listing.best_of_all[at]) == row and bool(table.is_task[at])
        is_far = is_best and bool(table.ends[at] - table.starts[at] > 1)
        return cell_line(read[at], point, self.parts, is_far, others)

    def sorted(self, column: int | None, descending: bool) -> Lines:
        """The same lines by the values of a column; in their order where it is None."""
        if column is None or column >= len(self.columns):
            return self
        values = self._values(column)
        return self.taken(np.argsort(-values if descending else values, kind="stable"))

    def taken(self, order: Whole | slice) -> Lines:
        """These of the lines, in this order."""
        made = Lines.__new__(Lines)
        made.__dict__ |= {**self.__dict__, "_held": OrderedDict(), "_looked_at": None}
        made.numbers = self.numbers[order]
        return made

    @property
    def shown_rows(self) -> Whole:
        """The row of the cell that each line shows."""
        return self.numbers if self.by_cell else self.listing.best[self.numbers]

    def _values(self, column: int) -> np.ndarray:
        """What the lines are sorted by."""
        listing, table = self.listing, self.listing.table
        rows = self.numbers if self.by_cell else listing.best[self.numbers]
        if column < len(self.parts):
            ranks = sort_ranks(table.names[self.parts[column]], self.parts[column])
            return ranks[table.of_row[rows]]
        title = self.columns[column].title
        place = column - len(self.parts) - 3
        if 0 <= place < len(listing.controls):
            values = listing.control_values(listing.controls[place], rows)
            return np.where(np.isnan(values), -np.inf, values)
        if title == "layer":
            return self._numbers("layer", rows, -1)
        if title == "n":
            return self._numbers("n_texts", rows, 0)
        if title == "folds":
            return self._numbers("n_folds", rows, 0)
        if title in ("band", "interval"):
            return self._lows(rows)
        return listing.values[rows]

    def _lows(self, rows: Whole) -> np.ndarray:
        metric, values = self.listing.metric, self.listing.values[rows]
        low = self._numbers(f"{metric}_low", rows, np.nan)
        if not self.by_cell:
            band = self._numbers(f"{metric}_band_low", rows, np.nan)
            low = np.where(np.isfinite(band), band, low)
        return np.where(np.isfinite(low), low, values)

    def _numbers(self, name: str, rows: Whole, empty: float) -> np.ndarray:
        column = self.listing.table.cells.column(name).gather(row_numbers(rows))
        return column.fill_null(empty).to_numpy().astype(np.float64)

    def find(self, key: Key) -> int | None:
        """The place of the line of that key; None where there is none."""
        size, table = len(PARTS), self.listing.table
        at = table.find(key[:size])
        if at is None or (self.by_cell and len(key) <= size):
            return None
        wanted = at
        if self.by_cell:
            first, last = int(table.starts[at]), int(table.ends[at])
            layers = table.cells.column("layer").slice(first, last - first).to_list()
            layer = int(key[-1]) if key[-1].isdigit() else None
            if layer not in layers:
                return None
            wanted = first + layers.index(layer)
        found = np.flatnonzero(self.numbers == wanted)
        return int(found[0]) if len(found) else None

    def looked_at(self) -> list[Line]:
        """Lines that the widths of columns go by: the first, and those of the widest numbers."""
        if self._looked_at is None:
            self._looked_at = self[:BLOCK]
            if len(self) > BLOCK:
                values = self.listing.values[self.shown_rows]
                ends = dict.fromkeys((int(values.argmin()), int(values.argmax())))
                self._looked_at += self._made(self.numbers[list(ends)])
        return self._looked_at
