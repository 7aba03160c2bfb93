"""Influence values of metrics of predicted numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from probing.engine.metrics.influence.decisions import mean_over_folds
from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.predicted import Numbers
from probing.engine.metrics.regression import need_variety
from probing.uncertainty import Influence


def mse(samples: Samples) -> Influence:
    """Mean squared error."""
    return mean_over_folds(samples, _errors(samples) ** 2)


def mae(samples: Samples) -> Influence:
    """Mean absolute error."""
    return mean_over_folds(samples, np.abs(_errors(samples)))


def r2(samples: Samples) -> Influence:
    """R² of all folds together: -(e² - (MSE/Var)(y - ȳ)²) / (n Var)."""
    need_variety(samples.predicted.numbers, "the targets of the test part are all the same")
    deviations = (samples.predicted.numbers - samples.predicted.numbers.mean()) ** 2
    errors = _errors(samples) ** 2
    share = errors.mean() / deviations.mean()
    influence = -(errors - share * deviations) / deviations.sum()
    whole = np.zeros(len(errors), dtype=np.int64)
    return Influence(float(1 - share), influence, whole, whole)


def pearson(samples: Samples) -> Influence:
    """Mean over folds of the linear correlation, by the delta method."""
    return _correlation(samples, _pearson)


def spearman(samples: Samples) -> Influence:
    """Mean over folds of the correlation of the ranks, by the delta method.

    A sample moves the ranks of all that lie above it.
    """
    return _correlation(samples, _spearman)


def _errors(samples: Samples) -> Numbers:
    errors: Numbers = samples.predicted.scores - samples.predicted.numbers
    return errors


def _correlation(
    samples: Samples, of: Callable[[Numbers, Numbers], tuple[float, Numbers]]
) -> Influence:
    influence, values = np.zeros(len(samples.fold)), []
    for fold in range(samples.n_folds):
        rows = samples.fold == fold
        targets, scores = samples.predicted.numbers[rows], samples.predicted.scores[rows]
        need_variety(targets, "the targets of a test part are all the same")
        need_variety(scores, "all predictions of a test part are the same")
        value, moved = of(scores, targets)
        values.append(value)
        influence[rows] = moved / (samples.n_folds * len(moved))
    whole = np.zeros(len(influence), dtype=np.int64)
    return Influence(float(np.mean(values)), influence, samples.fold, whole, ranks=True)


def _pearson(first: Numbers, second: Numbers) -> tuple[float, Numbers]:
    first, second = first - first.mean(), second - second.mean()
    a, b = first / np.sqrt((first**2).mean()), second / np.sqrt((second**2).mean())
    value = float((a * b).mean())
    return value, a * b - value * (a**2 + b**2) / 2


def _spearman(first: Numbers, second: Numbers) -> tuple[float, Numbers]:
    a, b = _ranks(first), _ranks(second)
    a0, b0 = a - a.mean(), b - b.mean()
    product, spread_a, spread_b = (a0 * b0).mean(), (a0**2).mean(), (b0**2).mean()
    value = float(product / np.sqrt(spread_a * spread_b))
    moved = a0 * b0 - product + _moved(first, a, b0) + _moved(second, b, a0)
    moved_a = a0**2 - spread_a + 2 * _moved(first, a, a0)
    moved_b = b0**2 - spread_b + 2 * _moved(second, b, b0)
    scaled = moved / np.sqrt(spread_a * spread_b)
    return value, scaled - value / 2 * (moved_a / spread_a + moved_b / spread_b)


def _ranks(values: Numbers) -> Numbers:
    """The share of the samples below each, ties counting half."""
    _, place = np.unique(values, return_inverse=True)
    counts = np.bincount(place)
    ranks: Numbers = ((np.cumsum(counts) - counts / 2) / len(values))[place]
    return ranks


def _moved(values: Numbers, ranks: Numbers, weights: Numbers) -> Numbers:
    """The mean over samples j of (1[values < values_j], ties half, - ranks_j) · weights_j."""
    _, place = np.unique(values, return_inverse=True)
    at = np.bincount(place, weights)
    above = at[::-1].cumsum()[::-1] - at / 2
    moved: Numbers = (above[place] - (ranks * weights).sum()) / len(values)
    return moved
