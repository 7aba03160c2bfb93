"""Which series a filter and a metric list, at which layer each is best, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from probing.logs.index.row_ranges import row_numbers
from probing.metric_names import METRICS
from tui.results.series_table import Mask, SeriesTable, Whole

Values = NDArray[np.float64]
Made = TypeVar("Made")


@dataclass(eq=False)
class Listing:
    """The series of `table` that have a value of `metric` among the rows that are `kept`.

    Without `is_unfolded` a control stands in the row of its task where that is listed.
    """

    table: SeriesTable
    metric: str
    kept: Mask | None = None
    is_unfolded: bool = False
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        self.values = self._of_metric("values", self._read)

    def _of_metric(self, what: str, make: Callable[[], Made]) -> Made:
        """What holds for every filter is made once for each metric, and kept for the last one."""
        kept = self.table.cells.kept
        metric, held = kept.get("of metric", ("", {}))
        if metric != self.metric:
            held = {}
            kept["of metric"] = self.metric, held
        if what not in held:
            held[what] = make()
        made: Made = held[what]
        return made

    def _read(self) -> Values:
        column = self.table.cells.column(self.metric)
        return np.asarray((column.fill_null(np.nan) if column.null_count() else column).to_numpy())

    @cached_property
    def is_known(self) -> Mask:
        """By row: whether it has a value."""
        return self._of_metric("known", lambda: np.isfinite(self.values))

    @cached_property
    def is_shown(self) -> Mask:
        """By row: whether it is kept and has a value."""
        return self.is_known if self.kept is None else self.is_known & self.kept

    @cached_property
    def best(self) -> Whole:
        """By series: the row of the best value that is shown, the first of equals; else -1."""
        return self.best_of_all if self.kept is None else self._best(self.is_shown)

    @cached_property
    def best_of_all(self) -> Whole:
        """By series: the row of the best value, whether it is kept or not; else -1."""
        return self._of_metric("best", lambda: self._best(self.is_known))

    def _best(self, chosen: Mask) -> Whole:
        found = np.full(self.table.n, -1)
        if not chosen.any():
            return found
        rows, values, starts = None, self.values, self.table.starts
        if not chosen.all():
            rows = np.flatnonzero(chosen)
            values, series = values[rows], self.table.of_row[rows]
            starts = np.flatnonzero(np.append(True, series[1:] != series[:-1]))
        far = np.maximum if METRICS[self.metric].higher_is_better else np.minimum
        lengths = np.diff(np.append(starts, len(values)))
        is_far = values == np.repeat(far.reduceat(values, starts), lengths)
        at = np.flatnonzero(is_far)[::-1]
        at = at if rows is None else rows[at]
        found[self.table.of_row[at]] = at
        return found

    @cached_property
    def is_listed(self) -> Mask:
        """By series: whether any of its rows is shown."""
        return self.best >= 0

    @cached_property
    def is_in_every(self) -> Mask:
        """By series: whether it is among `every`."""
        table, has_value = self.table, self.best_of_all >= 0
        if self.kept is None or not table.n:
            return has_value
        is_kept = np.logical_or.reduceat(self.kept, table.starts)
        of_probe = np.zeros(len(table.task_of), np.bool_)
        of_probe[table.base[is_kept]] = True
        holds: Mask = has_value & (table.has_gap | of_probe[table.base])
        return holds

    @cached_property
    def every(self) -> Whole:
        """The series with a value of the probes of which some row is kept, and their controls."""
        order = self.table.order
        return order[self.is_in_every[order]]

    @cached_property
    def _folding(self) -> tuple[Whole, Whole]:
        """Each control beside a task that is listed, and the task."""
        table = self.table
        none = np.zeros(0, np.int64)
        if self.is_unfolded or not table.n:
            return none, none
        own = np.flatnonzero(self.is_listed & ~table.is_task & ~table.is_shared)
        tasks = table.task_of[table.base[own]]
        # a level is for all layers: a filter of layers does not take it from the rows
        shared, probes = table.pairs
        of_probe = table.task_of[probes]
        controls, tasks = np.append(own, shared), np.append(tasks, of_probe)
        has_value = self.best_of_all[controls] >= 0
        holds = has_value & (tasks >= 0) & self.is_listed[tasks]
        return controls[holds], tasks[holds]

    @cached_property
    def rest(self) -> Whole:
        """The series that have rows of their own, in order."""
        is_own = self.is_listed.copy()
        is_own[self._folding[0]] = False
        order = self.table.order
        return order[is_own[order]]

    @property
    def n_folded(self) -> int:
        """Listed series that stand in the rows of others."""
        return int(self.is_listed.sum()) - len(self.rest)

    @cached_property
    def controls(self) -> list[str]:
        """The controls that stand beside any task."""
        controls = row_numbers(self._folding[0])
        return sorted(self.table.names["control"].gather(controls).unique().cast(str).to_list())

    @cached_property
    def _beside(self) -> dict[str, Whole]:
        """By control: the series of that control beside each series, or -1."""
        controls, tasks = self._folding
        names = self.table.names["control"].gather(row_numbers(controls))
        beside = {}
        for name in self.controls:
            found = np.full(self.table.n, -1)
            is_one = (names == name).to_numpy()
            found[tasks[is_one]] = controls[is_one]
            beside[name] = found
        return beside

    def beside(self, series: int) -> dict[str, int]:
        """The controls that stand in the row of a series."""
        found = {name: int(by_series[series]) for name, by_series in self._beside.items()}
        return {name: at for name, at in found.items() if at >= 0}

    def control_values(self, name: str, rows: Whole) -> Values:
        """What a control of the series of these rows scores at their layers; NaN where nothing."""
        table = self.table
        controls = self._beside[name][table.of_row[rows]]
        layers = np.where(table.is_shared[controls], -1, table.layers[rows])
        at = table.rows_at(controls, layers)
        holds = (controls >= 0) & (at >= 0) & self.is_known[at]
        holds &= self.is_shown[at] | table.is_shared[controls]
        return np.where(holds, self.values[at], np.nan)

    @cached_property
    def cell_rows(self) -> Whole:
        """The rows that are shown of `rest`, series by series."""
        table = self.table
        lengths = table.ends[self.rest] - table.starts[self.rest]
        first = np.repeat(table.starts[self.rest] - np.append(0, np.cumsum(lengths)[:-1]), lengths)
        rows: Whole = first + np.arange(lengths.sum())
        chosen: Whole = rows[self.is_shown[rows]]
        return chosen
