"""Whether the best cell of a series beats chance, its controls and its permutations: p values."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from probing.engine.experiment.run_writer import Store
from probing.logs.results.fold_values import metric_summary, permutation_values
from probing.metric_names import METRICS
from probing.plan import Cell
from probing.spec import CHOSEN
from probing.uncertainty import Joint, Measured, differences_of, distance
from probing.uncertainty.influence import Numbers

Scores = Mapping[str, Measured]
Series = tuple[str, ...]
PValues = dict[Series, dict[str, dict[str, float | None]]]


def p_values_of(
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
    there = {cell: scores[cell] for cells in tasks for cell in cells if cell in scores}
    if not there:
        return {}
    above = [distance(metric, score, level) for score in there.values()]
    return _adjusted(Joint(list(there.values())), list(there), np.array(above), tasks, metric)


def _against_control(
    known: Mapping[str, Cell], scores: Scores, tasks: Sequence[Series], control: str, metric: str
) -> Told:
    """That the best cell lies as far above its own control by luck, by their differences."""
    controls = {_place(cell): cell.id for cell in known.values() if cell.control == control}
    hardest = {CHOSEN: _hardest(controls, scores, metric)}
    partners = {
        cell: _partner(controls, known[cell]) or hardest.get(known[cell].classifier, "")
        for cells in tasks
        for cell in cells
    }
    pairs = {
        cell: (scores[cell], scores[partner])
        for cell, partner in partners.items()
        if partner in scores and cell in scores
    }
    if not pairs:
        return {}
    joint = Joint(differences_of(pairs.values()))
    return _adjusted(joint, list(pairs), joint.above(0.0), tasks, metric)


def _adjusted(
    joint: Joint, told: Sequence[str], above: Numbers, tasks: Sequence[Series], metric: str
) -> Told:
    """The p value of each series with one of the cells that are `told`."""
    places = {cell: at for at, cell in enumerate(told)}
    parts = {cells: [places[cell] for cell in cells if cell in places] for cells in tasks}
    there = {cells: part for cells, part in parts.items() if part}
    higher = METRICS[metric].higher_is_better
    return dict(zip(there, joint.p_values(list(there.values()), above, higher), strict=True))


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


def _hardest(controls: Mapping[Place, str], scores: Scores, metric: str) -> str:
    """The best of the controls that serve every layer: what a chosen classifier has to beat."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    shared = [cell for place, cell in controls.items() if not place[0] and cell in scores]
    return max(shared, key=lambda cell: sign * scores[cell].value, default="")


def _against_permutations(
    store: Store, known: Mapping[str, Cell], tasks: Sequence[Series], metric: str
) -> Told:
    """The share of permutations whose best cell of all series is as good as that of one series.

    Westfall and Young (1993), "Resampling-based multiple testing": the task itself counts as one
    permutation, so that no p value is below 1 / (permutations + 1).
    """
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    largest = best_of_permutations(store, known, metric)
    told: Told = {}
    for cells in tasks:
        done = [store.state.cells[cell] for cell in cells if store.state.is_done(cell)]
        values = [sign * one.mean for cell in done if (one := metric_summary(cell, metric))]
        if values and largest:
            reached = sum(value >= max(values) for value in largest.values())
            told[cells] = (1 + reached) / (1 + len(largest))
    return told


def best_of_permutations(store: Store, known: Mapping[str, Cell], metric: str) -> dict[int, float]:
    """The best score of all cells within each permutation; errors are negative."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    largest: dict[int, float] = defaultdict(lambda: -math.inf)
    for cell in known.values():
        if cell.control == "shuffled_labels" and store.state.is_done(cell.id):
            values = permutation_values(store.state.cells[cell.id], metric)
            for permutation, value in values.items():
                largest[permutation] = max(largest[permutation], sign * value)
    return largest
