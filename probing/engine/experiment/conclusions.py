"""What the series of a pass come to: bands, best layers, and whether they beat their controls."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from probing.engine.experiment.run_writer import Store
from probing.events import SeriesMeasured
from probing.logs.fold_values import metric_summary, permutation_values
from probing.logs.influences import unpacked
from probing.metric_names import METRICS, metrics_of
from probing.plan import Cell, PlannedCells, PlannedPass
from probing.uncertainty import Joint, Measured, bounds, differences_of

Scores = Mapping[str, Measured]
Series = tuple[str, ...]


def conclude(store: Store, one: PlannedPass, beside: Sequence[PlannedCells]) -> None:
    """Log the series of a pass, and of its controls that stand `beside` it elsewhere in the plan.

    Those whose cells are done are logged; those that are logged stay.
    """
    for blocks in (one.blocks, one.choices):  # what was chosen is not the best of many
        _conclude(store, one, [*blocks, *beside])


def _conclude(store: Store, one: PlannedPass, blocks: Sequence[PlannedCells]) -> None:
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
    n_classes = len(one.dataset.facts.class_counts)
    tasks = [cells for cells in _series(blocks) if not known[cells[0]].control]
    p_values = _p_values(store, known, tasks, measured, n_classes)
    n_permutations = len(_largest(store, known, next(iter(measured))))
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
            cell: bounds(metric, score.value, score.variance, quantile, score.centre)
            for cell in cells
            if (score := scores.get(cell))
        }
        lows[metric] = [bands[cell][0] if cell in bands else None for cell in cells]
        highs[metric] = [bands[cell][1] if cell in bands else None for cell in cells]
        if not is_control:
            among = iter(joint.best(METRICS[metric].higher_is_better))
            best[metric] = [float(next(among)) if cell in scores else None for cell in cells]
    return SeriesMeasured(cells, lows, highs, best, p_values)


PValues = dict[Series, dict[str, dict[str, float | None]]]


def _p_values(
    store: Store,
    known: Mapping[str, Cell],
    tasks: Sequence[Series],
    measured: Mapping[str, Scores],
    n_classes: int,
) -> PValues:
    """For each series, by what it is compared with, one p value for each metric.

    Each is adjusted for all series of the pass, so that the best of them may be told.
    """
    found: PValues = {cells: defaultdict(dict) for cells in tasks}
    controls = sorted({cell.control for cell in known.values()} - {""})
    task = known[tasks[0][0]].task if tasks else ""
    for metric, scores in measured.items():
        chance = METRICS[metric].chance_of(task, n_classes)
        against = (
            {"chance": _against_level(scores, tasks, metric, chance)} if chance is not None else {}
        )
        for control in controls:
            if control == "shuffled_labels":
                against[control] = _against_permutations(store, known, tasks, metric)
            else:
                against[control] = _against_control(known, scores, tasks, control, metric)
        for name, values in against.items():
            for cells, p in values.items():
                found[cells][name][metric] = p
    return found


Told = dict[Series, float]


def _against_level(scores: Scores, tasks: Sequence[Series], metric: str, level: float) -> Told:
    """That the best cell of a series lies as far above chance by luck."""
    return _adjusted(
        {cell: scores[cell] for cells in tasks for cell in cells if cell in scores},
        tasks,
        metric,
        level,
    )


def _against_control(
    known: Mapping[str, Cell], scores: Scores, tasks: Sequence[Series], control: str, metric: str
) -> Told:
    """That the best cell lies as far above its own control by luck, by their differences."""
    controls = {_place(cell): cell.id for cell in known.values() if cell.control == control}
    pairs = {
        cell: (scores[cell], scores[partner])
        for cells in tasks
        for cell in cells
        if (partner := _partner(controls, known[cell])) in scores and cell in scores
    }
    return _adjusted(
        dict(zip(pairs, differences_of(pairs.values()), strict=True)), tasks, metric, 0.0
    )


def _adjusted(scores: Scores, tasks: Sequence[Series], metric: str, level: float) -> Told:
    places = {cell: at for at, cell in enumerate(scores)}
    parts = {cells: [places[cell] for cell in cells if cell in places] for cells in tasks}
    there = {cells: part for cells, part in parts.items() if part}
    if not there:
        return {}
    joint = Joint(list(scores.values()))
    higher = METRICS[metric].higher_is_better
    return dict(zip(there, joint.p_values(list(there.values()), level, higher), strict=True))


Place = tuple[Any, ...]


def _place(cell: Cell) -> Place:
    return cell.site, cell.pooler, cell.classifier, cell.layer


def _partner(controls: Mapping[Place, str], cell: Cell) -> str:
    """The control of a cell: its own, or the one that serves every layer, pooler, classifier."""
    for classifier in (cell.classifier, ""):
        for place in ((cell.site, cell.pooler, classifier, cell.layer), ("", "", classifier, None)):
            if place in controls:
                return controls[place]
    return ""


def _against_permutations(
    store: Store, known: Mapping[str, Cell], tasks: Sequence[Series], metric: str
) -> Told:
    """The share of permutations whose best cell of all series is as good as that of one series.

    Westfall and Young (1993), "Resampling-based multiple testing": the task itself counts as one
    permutation, so that no p value is below 1 / (permutations + 1).
    """
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    largest = _largest(store, known, metric)
    told: Told = {}
    for cells in tasks:
        done = [store.state.cells[cell] for cell in cells if store.state.is_done(cell)]
        values = [sign * one.mean for cell in done if (one := metric_summary(cell, metric))]
        if values and largest:
            reached = sum(value >= max(values) for value in largest.values())
            told[cells] = (1 + reached) / (1 + len(largest))
    return told


def _largest(store: Store, known: Mapping[str, Cell], metric: str) -> dict[int, float]:
    """The best score of all cells within each permutation; errors are negative."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    largest: dict[int, float] = defaultdict(lambda: -math.inf)
    for cell in known.values():
        if cell.control == "shuffled_labels" and store.state.is_done(cell.id):
            values = permutation_values(store.state.cells[cell.id], metric)
            for permutation, value in values.items():
                largest[permutation] = max(largest[permutation], sign * value)
    return largest
