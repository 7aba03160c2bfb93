"""What the series of a pass come to: bands, best layers, and whether they beat their controls."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from probing.engine.experiment.run_writer import Store
from probing.events import SeriesMeasured
from probing.logs.fold_values import metric_summary, permutation_values
from probing.logs.influences import unpacked
from probing.metric_names import METRICS, metrics_of
from probing.plan import Cell, PlannedCells, PlannedPass, PlannedTexts
from probing.spec import is_of
from probing.uncertainty import Joint, Measured, bounds, differences_of

Scores = Mapping[str, Measured]
Numbers = Mapping[str, Sequence[float | None]]


def conclude(store: Store, one: PlannedPass, texts: Sequence[PlannedTexts]) -> None:
    """Log the series of a pass whose cells are done; those that are logged stay.

    Of `texts`, controls that need no activations, those that are its own stand beside them.
    """
    place = one.model.name, one.dataset.name
    own = [text for text in texts if is_of((text.cells[0].model, text.cells[0].dataset), place)]
    blocks = [*one.blocks, *own]
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
    p_values = _p_values(store, known, measured, n_classes)
    for cells in series:
        store.emit([_measured_series(cells, known, measured, p_values)])


def _series(blocks: Sequence[PlannedCells]) -> list[tuple[str, ...]]:
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
    cells: tuple[str, ...],
    known: Mapping[str, Cell],
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
        if not known[cells[0]].control:
            among = iter(joint.best(METRICS[metric].higher_is_better))
            best[metric] = [float(next(among)) if cell in scores else None for cell in cells]
    is_task = not known[cells[0]].control
    return SeriesMeasured(cells, lows, highs, best, p_values if is_task else {})


def _p_values(
    store: Store, known: Mapping[str, Cell], measured: Mapping[str, Scores], n_classes: int
) -> Mapping[str, Mapping[str, float | None]]:
    """By what the cells of the task are compared with: one p value for each metric."""
    found: dict[str, dict[str, float | None]] = defaultdict(dict)
    tasks = [cell for cell in known.values() if not cell.control]
    for metric, scores in measured.items():
        there = [cell for cell in tasks if cell.id in scores]
        if not there:
            continue
        higher = METRICS[metric].higher_is_better
        chance = METRICS[metric].chance_of(there[0].task, n_classes)
        if chance is not None:
            joint = Joint([scores[cell.id] for cell in there])
            found["chance"][metric] = joint.p_above(chance, higher)
        for control in sorted({cell.control for cell in known.values()} - {""}):
            if control == "shuffled_labels":
                p = _p_of_permutations(store, known, there, metric, higher)
            else:
                p = _p_of_control(known, scores, there, control, higher)
            if p is not None:
                found[control][metric] = p
    return found


def _p_of_control(
    known: Mapping[str, Cell], scores: Scores, tasks: Sequence[Cell], control: str, higher: bool
) -> float | None:
    """That the best cell lies as far above its own control by luck, by their differences."""
    controls = {_place(cell, control): cell for cell in known.values() if cell.control == control}
    pairs = [
        (scores[cell.id], scores[partner.id])
        for cell in tasks
        if (partner := _partner(controls, cell)) and partner.id in scores
    ]
    if not pairs:
        return None
    return Joint(differences_of(pairs)).p_above(0.0, higher)


Place = tuple[Any, ...]


def _place(cell: Cell, control: str) -> Place:
    return cell.site, cell.pooler, cell.classifier, cell.layer


def _partner(controls: Mapping[Place, Cell], cell: Cell) -> Cell | None:
    """The control of a cell: its own, or the one that serves every layer, pooler, classifier."""
    for classifier in (cell.classifier, ""):
        for place in ((cell.site, cell.pooler, classifier, cell.layer), ("", "", classifier, None)):
            if place in controls:
                return controls[place]
    return None


def _p_of_permutations(
    store: Store, known: Mapping[str, Cell], tasks: Sequence[Cell], metric: str, higher: bool
) -> float | None:
    """The share of permutations whose best cell is as good as the best of the task.

    Westfall and Young (1993), "Resampling-based multiple testing": the task itself counts as one
    permutation, so that no p value is below 1 / (permutations + 1).
    """
    sign = 1.0 if higher else -1.0
    places = {_place(cell, "") for cell in tasks}
    shuffled = [
        permutation_values(store.state.cells[cell.id], metric)
        for cell in known.values()
        if cell.control == "shuffled_labels"
        and _place(cell, "") in places
        and store.state.is_done(cell.id)
    ]
    told = [
        sign * summary.mean
        for cell in tasks
        if (summary := metric_summary(store.state.cells[cell.id], metric)) is not None
    ]
    largest: dict[int, float] = defaultdict(lambda: -math.inf)
    for values in shuffled:
        for permutation, value in values.items():
            largest[permutation] = max(largest[permutation], sign * value)
    if not largest or not told:
        return None
    reached = sum(value >= max(told) for value in largest.values())
    return (1 + reached) / (1 + len(largest))
