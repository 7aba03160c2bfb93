"""The series of a table of cells as arrays: a million cells become series in a tenth of a second.

The cells of a series follow each other, sorted by layer, so that a series is a range of rows. A
series is a number here; what holds for all metrics and filters is found once for each table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from probing.logs.index.cells import Cells
from probing.logs.index.row_ranges import row_numbers
from tui.plot.comparisons.transfers import ARROW
from tui.plot.series import PARTS, Key

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
_BASE = PARTS[:-1]
MOST_KEPT = 256


class SeriesTable:
    """The series of some cells, by number, in the order of the cells."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._alike: dict[tuple[tuple[str, ...], bool, bool], Whole] = {}
        self.starts = _starts(cells)
        self.names = _names(cells, self.starts)
        if self.names.is_duplicated().any():  # the table is of other hands: series are in pieces
            self.cells = Cells.of(_sorted(cells))
            self.starts = _starts(self.cells)
            self.names = _names(self.cells, self.starts)
        self.n = len(self.starts)
        self.ends: Whole = np.append(self.starts[1:], self.cells.height)
        self._empty = {part: _is_empty(self.names, part) for part in PARTS}
        self.is_task: Mask = self._empty["control"]
        self.has_gap: Mask = np.logical_or.reduce([self._empty[part] for part in _BASE])
        self.is_shared: Mask = ~self.is_task & self.has_gap

    @cached_property
    def of_row(self) -> Whole:
        """The series of each row."""
        return np.repeat(np.arange(self.n), self.ends - self.starts)

    @cached_property
    def layers(self) -> Whole:
        """The layer of each row, -1 where its pooler reduces several."""
        layers = self.cells.column("layer")
        column: Any = (layers.fill_null(-1) if layers.null_count() else layers).to_numpy()
        return np.asarray(column, np.int64)

    @cached_property
    def _places(self) -> Whole:
        """By row: a number that tells its series and its layer; it never falls."""
        return np.asarray(self.of_row * self._stride + self.layers + 1)

    @cached_property
    def _stride(self) -> int:
        return int(self.layers.max(initial=0)) + 2

    def rows_at(self, series: Whole, layers: Whole) -> Whole:
        """The rows of these series at these layers, or -1."""
        if not self.n:
            return np.full(len(series), -1)
        place = series * self._stride + layers + 1
        at = np.minimum(np.searchsorted(self._places, place), len(self._places) - 1)
        return np.where(self._places[at] == place, at, -1)

    @cached_property
    def base(self) -> Whole:
        """The probe of each series: those that differ in the control alone share it."""
        differs = np.zeros(self.n, np.bool_)
        for part in _BASE:
            codes = _codes(self.names[part])
            differs[1:] |= codes[1:] != codes[:-1]
        return np.asarray(np.cumsum(differs))

    @cached_property
    def task_of(self) -> Whole:
        """By probe: the series of its task, -1 where it has none."""
        found = np.full(int(self.base[-1]) + 1 if self.n else 0, -1)
        tasks = np.flatnonzero(self.is_task)
        found[self.base[tasks]] = tasks
        return found

    @cached_property
    def pairs(self) -> tuple[Whole, Whole]:
        """Each control of several probes with each probe that it may be of, by probe."""
        shared, own = np.flatnonzero(self.is_shared), np.flatnonzero(~self.is_shared)
        if not len(shared):
            return shared, shared
        probes = self.names[own].with_columns(pl.Series("base", self.base[own]))
        probes = probes.unique("base", keep="first", maintain_order=True)
        controls = self.names[shared].with_columns(pl.Series("at", shared))
        gaps = [(pl.col(part) == "").alias(f"no_{part}") for part in _BASE]
        marks = [f"no_{part}" for part in _BASE]
        kinds = controls.with_columns(gaps).partition_by(marks, as_dict=True)
        joined = [pl.DataFrame(schema={"at": pl.Int64, "base": pl.Int64})]
        for empty, group in kinds.items():
            told = [part for part, is_gap in zip(_BASE, empty, strict=True) if not is_gap]
            joined.append(group.join(probes, on=told).select("at", "base"))
        found = pl.concat(joined).sort("base", "at")
        return found["at"].to_numpy(), found["base"].to_numpy()

    @cached_property
    def index(self) -> Whole:
        """The probe that each series shares its colour with: -1 for a control of several."""
        index = self.base.copy()
        controls, probes = self.pairs
        index[self.is_shared] = -1
        counts = np.bincount(controls, minlength=self.n)
        lone = counts[controls] == 1
        index[controls[lone]] = probes[lone]
        return index

    @cached_property
    def order(self) -> Whole:
        """The series probe by probe, each task before its controls."""
        place = self.base.copy()
        controls, probes = self.pairs
        place[self.is_shared] = self.n
        place[controls[::-1]] = probes[::-1]  # the first of the probes counts
        control = self.names["control"].cast(pl.String).rank("dense").to_numpy()
        return np.lexsort((control, place))

    def key(self, at: int) -> Key:
        """The key of a series."""
        return tuple(self.names.row(at))

    def find(self, key: Sequence[str]) -> int | None:
        """The series of that key; None where there is none."""
        found = self.alike(key, control=True)
        return int(found[0]) if len(found) else None

    def alike(self, key: Sequence[str], control: bool = False, with_gaps: bool = False) -> Whole:
        """The series of a probe, with that `control` alone, or with controls of several too."""
        asked = tuple(key), control, with_gaps
        if asked not in self._alike:
            while len(self._alike) >= MOST_KEPT:
                self._alike.pop(next(iter(self._alike)), None)
            self._alike[asked] = self._found(key, control, with_gaps)
        return self._alike[asked]

    def _found(self, key: Sequence[str], control: bool, with_gaps: bool) -> Whole:
        holds = np.ones(self.n, np.bool_)
        for part, name in zip(PARTS if control else _BASE, key, strict=False):
            one = (self.names[part] == name).to_numpy()
            holds &= (one | self._empty[part]) if with_gaps else one
        return np.flatnonzero(holds)

    def rows_of(self, series: Iterable[int]) -> Whole:
        """The rows of these series."""
        ranges = [np.arange(self.starts[at], self.ends[at]) for at in series]
        return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def _starts(cells: Cells) -> Whole:
    """The rows where a series begins: the one before is of another."""
    differs = np.zeros(cells.height, np.bool_)
    differs[cells.run_starts] = True
    for part in (*PARTS[1:], "trained_on"):
        column = cells.column(part)
        codes = _codes(column.fill_null("") if column.null_count() else column)
        differs[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(differs)


def _names(cells: Cells, rows: Whole) -> pl.DataFrame:
    """The parts of the key of each series; a probe of another dataset is named by both."""
    at = row_numbers(rows)
    columns = [cells.column(part).gather(at) for part in (*PARTS[1:], "trained_on")]
    frame = pl.DataFrame([cells.run_of(at), *columns]).fill_null("")
    source, dataset = pl.col("trained_on").cast(pl.String), pl.col("dataset").cast(pl.String)
    is_named = dataset.str.contains(ARROW, literal=True) | (source == "")
    both = pl.concat_str(source, pl.lit(ARROW), dataset)
    named = pl.when(is_named).then(dataset).otherwise(both).cast(pl.Categorical())
    return frame.with_columns(named.alias("dataset")).select(*PARTS)


def _sorted(cells: Cells) -> pl.DataFrame:
    """The cells with those of a series together, series and layers in order."""
    keys = [*PARTS, "trained_on"]
    frame = cells.frame().with_row_index("at")
    first = pl.col("at").min().over(keys)
    return frame.sort(first, "layer", maintain_order=True).drop("at")


def _is_empty(names: pl.DataFrame, part: str) -> Mask:
    return np.asarray((names[part] == "").to_numpy())


def _codes(column: pl.Series) -> NDArray[np.uint32]:
    return np.asarray(column.to_physical().to_numpy())
