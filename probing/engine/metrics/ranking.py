"""Metrics of an order, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from probing.engine.metrics.predicted import Numbers, Predicted, macro, ratio


def auroc(predicted: Predicted, weights: Numbers) -> Numbers:
    """Chance that a sample of a class scores above one of the rest; ties count half.

    Multiclass: one against the rest, the mean over the classes that have a sample.
    """
    predicted.need_two_classes()
    return macro([_auroc(*_sorted(predicted, weights, at)) for at in predicted.classes])


def average_precision(predicted: Predicted, weights: Numbers) -> Numbers:
    """Precision at every distinct score, weighted by the recall it adds, without interpolation.

    Multiclass: one against the rest, the mean over the classes that have a sample.
    """
    predicted.need_two_classes()
    return macro([_average_precision(*_sorted(predicted, weights, at)) for at in predicted.classes])


def _sorted(predicted: Predicted, weights: Numbers, at: int) -> tuple[Numbers, Numbers]:
    """Weights of the class and of the rest at each distinct score, ascending."""
    _, place = np.unique(predicted.score_of(at), return_inverse=True)
    inside = (predicted.targets == at).astype(float)
    return summed(weights * inside, place), summed(weights * (1 - inside), place)


def summed(weights: Numbers, place: NDArray[np.intp]) -> Numbers:
    """Weights `[n_weightings, n]` added up by place, `[n_weightings, n_places]`."""
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    total: Numbers = np.add.reduceat(weights[:, order], starts, axis=1)
    return total


def _auroc(inside: Numbers, rest: Numbers) -> Numbers:
    below = np.cumsum(rest, axis=1) - rest / 2
    return ratio((inside * below).sum(axis=1), inside.sum(axis=1) * rest.sum(axis=1))


def _average_precision(inside: Numbers, rest: Numbers) -> Numbers:
    inside, rest = inside[:, ::-1], rest[:, ::-1]
    found = np.cumsum(inside, axis=1)
    precision = ratio(found, found + np.cumsum(rest, axis=1), 0.0)
    return ratio((inside * precision).sum(axis=1), inside.sum(axis=1))
