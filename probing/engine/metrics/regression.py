"""Metrics of predicted numbers, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.ordered import ordered
from probing.engine.metrics.predicted import (
    Numbers,
    Predicted,
    UndefinedMetricError,
    ratio,
    weighted_mean,
)

ROUNDING = 1e-13


def mse(predicted: Predicted, weights: Numbers) -> Numbers:
    """Mean squared error."""
    return weighted_mean((predicted.scores - predicted.numbers) ** 2, weights)


def mae(predicted: Predicted, weights: Numbers) -> Numbers:
    """Mean absolute error."""
    return weighted_mean(np.abs(predicted.scores - predicted.numbers), weights)


def r2(predicted: Predicted, weights: Numbers) -> Numbers:
    """1 - squared error / squared deviation from the test part's own mean."""
    need_variety(predicted.numbers, "the targets of the test part are all the same")
    targets = predicted.numbers[None]
    deviation = (weights * (targets - _means(targets, weights)) ** 2).sum(axis=1)
    return 1 - ratio(mse(predicted, weights) * weights.sum(axis=1), deviation)


def pearson(predicted: Predicted, weights: Numbers) -> Numbers:
    """Linear correlation of predicted and true numbers."""
    need_variety(predicted.numbers, "the targets of the test part are all the same")
    need_variety(predicted.scores, "all predictions are the same")
    return _correlation(predicted.scores[None], predicted.numbers[None], weights)


def spearman(predicted: Predicted, weights: Numbers) -> Numbers:
    """Linear correlation of the ranks; ties share their mean rank."""
    need_variety(predicted.numbers, "the targets of the test part are all the same")
    need_variety(predicted.scores, "all predictions are the same")
    ranks = _ranks(predicted.scores, weights), _ranks(predicted.numbers, weights)
    return _correlation(*ranks, weights)


def need_variety(values: Numbers, why: str) -> None:
    """Raise `UndefinedMetricError` where all values are the same but for rounding."""
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        raise UndefinedMetricError(why)


def _ranks(values: Numbers, weights: Numbers) -> Numbers:
    by_value = ordered(values)
    at = by_value.summed(weights)
    return by_value.of_samples(np.cumsum(at, axis=1) - at / 2)


def _correlation(first: Numbers, second: Numbers, weights: Numbers) -> Numbers:
    first, second = first - _means(first, weights), second - _means(second, weights)
    together = (weights * first * second).sum(axis=1)
    spreads = (weights * first**2).sum(axis=1) * (weights * second**2).sum(axis=1)
    return ratio(together, np.sqrt(spreads))


def _means(values: Numbers, weights: Numbers) -> Numbers:
    totals: Numbers = (weights * values).sum(axis=1, keepdims=True)
    return ratio(totals, weights.sum(axis=1, keepdims=True))
