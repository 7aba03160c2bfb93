"""What the series of a pass come to: bands, best layers, and whether they beat their controls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.beaten_controls import (
    Scores,
    Series,
    best_of_permutations,
    p_values_of,
)
from probing.events import SeriesMeasured
from probing.logs.results.influences import unpacked
from probing.metric_names import METRICS, metrics_of
from probing.plan import PlannedCells, PlannedPass
from probing.plan.types import NamedDataset
from probing.uncertainty import Joint, bounds_of


def conclude(store: Store, one: PlannedPass, beside: Sequence[PlannedCells]) -> None:
    """Log the series of a pass, and of its controls that stand `beside` it elsewhere in the plan.

    Those whose cells are done are logged; those that are logged stay.
    """
    for blocks in (one.blocks, one.choices, one.ensembles):  # one of a kind each, not the best
        conclude_series(store, one.dataset, [*blocks, *beside])


def conclude_series(store: Store, dataset: NamedDataset, blocks: Sequence[PlannedCells]) -> None:
    """Log the series of `blocks`, which are all tested on one dataset."""
    series = [
        cells
        for cells in _series(blocks)
        if cells[0] not in store.state.series and any(map(store.state.is_done, cells))
    ]
    if not series:
        return
    known = {cell.id: cell for block in blocks for cell in block.cells}
    task = next(iter(known.values())).task
    arrays = _arrays(store, blocks)
    measured = {metric: _scores(arrays, task, metric) for metric in metrics_of(task)}
    n_classes = len(dataset.facts.class_counts)
    tasks = [cells for cells in _series(blocks) if not known[cells[0]].control]
    p_values = p_values_of(store, known, tasks, measured, n_classes)
    n_permutations = len(best_of_permutations(store, known, next(iter(measured))))
    for cells in series:
        told = p_values.get(cells, {})
        made = _measured_series(cells, bool(known[cells[0]].control), measured, told)
        store.emit([replace(made, n_permutations=n_permutations) if told else made])


def _series(blocks: Sequence[PlannedCells]) -> list[Series]:
    """The cells of each series: they differ in their layer alone."""
    found: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for block in blocks:
        for cell in block.cells:
            found[cell.site, cell.pooler, cell.classifier, cell.control].append(cell.id)
    return [tuple(cells) for cells in found.values()]


def _arrays(store: Store, blocks: Sequence[PlannedCells]) -> Mapping[str, Mapping[str, Any]]:
    """What was committed of each cell that is done."""
    done = [store.state.blocks[block.at] for block in blocks if block.at in store.state.blocks]
    return {
        cell: arrays for block in done for arrays in [store.arrays(block)] for cell in block.cells
    }


def _scores(arrays: Mapping[str, Mapping[str, Any]], task: str, metric: str) -> Scores:
    """The scores of the cells that have an interval."""
    found = {cell: unpacked(held, cell, task, metric) for cell, held in arrays.items()}
    return {cell: score for cell, score in found.items() if score is not None}


def _measured_series(
    cells: Series,
    is_control: bool,
    measured: Mapping[str, Scores],
    p_values: Mapping[str, Mapping[str, float | None]],
) -> SeriesMeasured:
    lows: dict[str, list[float | None]] = {}
    highs: dict[str, list[float | None]] = {}
    best: dict[str, list[float | None]] = {}
    for metric, scores in measured.items():
        there = [scores[cell] for cell in cells if cell in scores]
        if not there:
            continue
        joint = Joint(there)
        quantile = joint.band_quantile()
        bands = {
            cell: bounds_of(metric, score, quantile)
            for cell in cells
            if (score := scores.get(cell))
        }
        lows[metric] = [bands[cell][0] if cell in bands else None for cell in cells]
        highs[metric] = [bands[cell][1] if cell in bands else None for cell in cells]
        if not is_control:
            among = iter(joint.best(METRICS[metric].higher_is_better))
            best[metric] = [float(next(among)) if cell in scores else None for cell in cells]
    return SeriesMeasured(cells, lows, highs, best, p_values)
