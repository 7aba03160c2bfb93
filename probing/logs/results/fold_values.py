"""Summarise a metric of a cell over its folds, each with a value or a part of a pooled one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from probing.intervals import Summary, summarise
from probing.metric_names import METRICS

if TYPE_CHECKING:
    from probing.events import FoldDone
    from probing.logs.states.cell_state import CellState


def pooled_part(cell: CellState, fold: FoldDone, metric: str) -> float | None:
    """What the fold adds to the pooled metric of its permutation, if the cell has one."""
    pooled = cell.pooled.get(fold.permutation)
    if pooled is None or metric not in pooled.parts or fold.fold not in pooled.folds:
        return None
    return pooled.parts[metric][pooled.folds.index(fold.fold)]


def metric_summary(cell: CellState, metric: str) -> Summary | None:
    """Value, deviation and interval of a metric; None where the cell does not have it."""
    if METRICS[metric].is_apart:
        return _apart(cell, metric)
    is_pooled = any(metric in one.parts for one in cell.pooled.values())
    if is_pooled:
        found = [(fold, pooled_part(cell, fold, metric)) for fold in cell.folds]
    else:
        found = [(fold, fold.metrics.get(metric)) for fold in cell.folds]
    known = [(fold, value) for fold, value in found if value is not None]
    if not known:
        return None
    one, value = known[0]
    if len(known) == 1 and one.lows and not is_pooled:
        return Summary(value, None, one.lows.get(metric), one.highs.get(metric))
    over_folds = _over_folds(known, metric)
    if (told := cell.measured) is None:
        return over_folds
    return replace(over_folds, low=told.lows.get(metric), high=told.highs.get(metric))


def _apart(cell: CellState, metric: str) -> Summary | None:
    told = cell.measured
    value = None if told is None else told.values.get(metric)
    if told is None or value is None:
        return None
    return Summary(value, None, told.lows.get(metric), told.highs.get(metric))


def permutation_values(cell: CellState, metric: str) -> dict[int, float]:
    """The value of a metric for each permutation that has it on every fold."""
    found: dict[int, list[float | None]] = {}
    for fold in cell.folds:
        known = cell.pooled.get(fold.permutation)
        is_pooled = known is not None and metric in known.parts
        value = pooled_part(cell, fold, metric) if is_pooled else fold.metrics.get(metric)
        found.setdefault(fold.permutation, []).append(value)
    means = {}
    for permutation, values in found.items():
        there = [value for value in values if value is not None]
        if there:
            means[permutation] = math.fsum(there) / len(there)
    return means


def _over_folds(known: Sequence[tuple[FoldDone, float]], metric: str) -> Summary:
    return summarise(
        [value for _, value in known],
        n_train=mean([fold.n_train for fold, _ in known]),
        n_test=mean([fold.n_test for fold, _ in known]),
        permutations=[fold.permutation for fold, _ in known],
        metric=metric,
    )


def defined_folds(cell: CellState) -> dict[str, int]:
    """For every mean over folds that the cell has, the folds of a permutation that have it."""
    n_folds, n_permutations = (
        len({getattr(fold, key) for fold in cell.folds}) for key in ("fold", "permutation")
    )
    lacking = {
        metric: sum(fold.metrics.get(metric) is None for fold in cell.folds)
        for metric, known in METRICS.items()
        if not (known.is_pooled and cell.pooled)
    }
    return {
        metric: n_folds - math.ceil(count / n_permutations)
        for metric, count in lacking.items()
        if count < len(cell.folds)
    }


def mean(values: Sequence[int]) -> int:
    """The mean, to the nearest whole number."""
    return round(sum(values) / len(values))


def n_tested(cell: CellState) -> int:
    """The texts that some fold tested; of a run that does not tell, those of the dataset."""
    if cell.measured and cell.measured.n_tested is not None:
        return cell.measured.n_tested
    return mean([fold.n_train + fold.n_val + fold.n_test for fold in cell.folds])
