"""What a detector finds at a fixed rate of false alarms, for many weightings of the samples.

The threshold is the one that new samples are expected to pass at that rate: of n negatives, the
t·(n + 1)-th highest score, between two of them as far as t says. The height of the empirical ROC
curve is above that by up to one negative, which counts where t·n is small. Weights are
`[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.predicted import Numbers, Predicted, UndefinedMetricError, ratio
from probing.engine.metrics.ranking import by_place

RATES = {"recall_at_1_fpr": 0.01, "recall_at_5_fpr": 0.05, "fpr_at_95_tpr": 0.05}


def recall_at_1_fpr(predicted: Predicted, weights: Numbers) -> Numbers:
    """Share of class 1 above the threshold that 1 % of class 0 pass."""
    return _recall_at(predicted, weights, RATES["recall_at_1_fpr"])


def recall_at_5_fpr(predicted: Predicted, weights: Numbers) -> Numbers:
    """Share of class 1 above the threshold that 5 % of class 0 pass."""
    return _recall_at(predicted, weights, RATES["recall_at_5_fpr"])


def fpr_at_95_tpr(predicted: Predicted, weights: Numbers) -> Numbers:
    """Share of class 0 above the threshold that 95 % of class 1 pass."""
    rate = RATES["fpr_at_95_tpr"]
    need_enough(predicted, rate, rest=1)
    inside, rest = by_place(predicted, weights, 1)
    misses: Numbers = 1 - _recall(rest[:, ::-1], inside[:, ::-1], rate)  # the classes exchanged
    return misses


def need_enough(predicted: Predicted, rate: float, rest: int = 0) -> None:
    """Raise `UndefinedMetricError` where a threshold would be set on too few of class `rest`."""
    if predicted.task != "binary":
        raise UndefinedMetricError("operating points are for binary tasks")
    predicted.need_two_classes()
    if rate * ((predicted.targets == rest).sum() + 1) < 1 - 1e-9:
        raise UndefinedMetricError("too few test samples to set a threshold on")


def passed(rest: Numbers, rate: float) -> Numbers:
    """Of each place, ascending, the share that passes the threshold, `[n_weightings, n_places]`.

    `rest` are the weights of class 0 at each place. The share is that over thresholds which let
    t·(n + 1) - 1 to t·(n + 1) of them pass; NaN where the first is below 0. Of a place that only
    a part of class 0 passes, as large a part of class 1 does.
    """
    total = rest.sum(axis=1, keepdims=True)
    after = np.cumsum(rest[:, ::-1], axis=1)[:, ::-1]
    most = rate * (total + 1)
    share: Numbers = _ramp(most, after - rest, after) - _ramp(most - 1, after - rest, after)
    return np.where(most < 1 - 1e-9, np.nan, share)


def _ramp(at: Numbers, start: Numbers, end: Numbers) -> Numbers:
    """The integral up to `at` of what rises from 0 at `start` to 1 at `end`."""
    inside = np.clip(at - start, 0, end - start)
    width = np.where(end > start, end - start, 1.0)
    area: Numbers = inside**2 / (2 * width) + np.maximum(at - end, 0)
    return area


def _recall_at(predicted: Predicted, weights: Numbers, rate: float) -> Numbers:
    need_enough(predicted, rate)
    return _recall(*by_place(predicted, weights, 1), rate)


def _recall(inside: Numbers, rest: Numbers, rate: float) -> Numbers:
    return ratio((inside * passed(rest, rate)).sum(axis=1), inside.sum(axis=1))
