"""Metrics of an order, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.engine.metrics.predicted import Numbers, Predicted, macro, ratio


def auroc(predicted: Predicted, weights: Numbers) -> Numbers:
    """Chance that a sample of a class scores above one of the rest; ties count half.

    Multiclass: one against the rest, the mean over the classes that have a sample.
    """
    predicted.need_two_classes()
    return macro([_auroc(*each) for each in _by_class(predicted, weights)])


def average_precision(predicted: Predicted, weights: Numbers) -> Numbers:
    """Precision at every distinct score, weighted by the recall it adds, without interpolation.

    Multiclass: one against the rest, the mean over the classes that have a sample.
    """
    predicted.need_two_classes()
    return macro([_average_precision(*each) for each in _by_class(predicted, weights)])


def _by_class(predicted: Predicted, weights: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    return (by_place(predicted, weights, at) for at in predicted.classes)


def by_place(predicted: Predicted, weights: Numbers, at: int) -> tuple[Numbers, Numbers]:
    """Weights of the class and of the rest at each distinct score, ascending."""
    by_score, inside = predicted.ordered(at), predicted.targets == at
    return by_score.summed(weights * inside), by_score.summed(weights * ~inside)


def _auroc(inside: Numbers, rest: Numbers) -> Numbers:
    below = np.cumsum(rest, axis=1) - rest / 2
    return ratio((inside * below).sum(axis=1), inside.sum(axis=1) * rest.sum(axis=1))


def _average_precision(inside: Numbers, rest: Numbers) -> Numbers:
    inside, rest = inside[:, ::-1], rest[:, ::-1]
    found = np.cumsum(inside, axis=1)
    precision = ratio(found, found + np.cumsum(rest, axis=1), 0.0)
    return ratio((inside * precision).sum(axis=1), inside.sum(axis=1))
