"""Influence values of what is found at a fixed rate of false alarms.

A sample of class 1 counts by itself. One of class 0 moves the threshold, and with it the recall
by the slope of the ROC curve there. The derivative by weight takes that slope between two
neighbouring negatives, which tells it for no number of samples (as the jackknife of a quantile
does). Here it is the secant over some standard errors of the rate to either side, in the manner
of Woodruff (1952), "Confidence intervals for medians and other position measures", on the
logarithm of the rate, since few negatives lie above the threshold.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.operating_points import RATES, need_enough, passed
from probing.engine.metrics.predicted import Numbers, Predicted, Whole
from probing.uncertainty import Influence
from probing.uncertainty.formulas import Formula, smoothed

WIDE = 1.5  # standard errors: of those tried, the intervals cover best
LEAST = 2  # samples above the threshold; with fewer, intervals cover no more than .8 to .9


def recall_at_1_fpr(samples: Samples) -> Influence:
    """Recall at a false-positive rate of 1 %, of all folds together."""
    return _recall_at(samples.predicted, RATES["recall_at_1_fpr"])


def recall_at_5_fpr(samples: Samples) -> Influence:
    """Recall at a false-positive rate of 5 %, of all folds together."""
    return _recall_at(samples.predicted, RATES["recall_at_5_fpr"])


def fpr_at_95_tpr(samples: Samples) -> Influence:
    """False-positive rate at a recall of 95 %, of all folds together."""
    found = _recall_at(_swapped(samples.predicted), RATES["fpr_at_95_tpr"])
    backwards = found.variance_of
    assert backwards is not None
    return Influence(
        1 - found.value,
        -found.of_samples,
        1 - found.strata,
        1 - found.parts,
        lambda units: backwards(units[::-1])[::-1],
        constant=found.constant,
    )


def _swapped(predicted: Predicted) -> Predicted:
    """The same task with the classes exchanged."""
    return Predicted(predicted.task, 2, 1 - predicted.targets.astype(np.int64), -predicted.scores)


def _recall_at(predicted: Predicted, rate: float) -> Influence:
    need_enough(predicted, rate)
    _, place = np.unique(predicted.scores, return_inverse=True)
    inside = predicted.targets == 1
    positive, negative = (np.bincount(place, part).astype(float) for part in (inside, ~inside))
    share = passed(negative[None], rate)[0]
    value = float((positive * share).sum() / positive.sum())
    slope = _slope(positive, negative, rate)
    reached = float((negative * share).sum() / negative.sum())
    own = np.where(inside, share[place] - value, -slope * (share[place] - reached))
    influence = own / np.where(inside, positive.sum(), negative.sum())
    classes: Whole = inside.astype(np.int64)
    lone = rate * float(negative.sum()) < LEAST
    return Influence(
        value,
        influence,
        classes,
        classes,
        _formula(value, slope, rate),
        constant="one test sample sets its threshold" if lone else "",
    )


def _slope(positive: Numbers, negative: Numbers, rate: float) -> float:
    """How fast recall rises with the rate that the threshold has on new samples.

    That rate is as a gamma variable with `n_above` events: of its logarithm the variance is the
    trigamma function, above 1 / `n_above` where these are few.
    """
    n_above = rate * float(negative.sum())
    step = WIDE / math.sqrt(n_above)
    low, high = rate * math.exp(-step), min(rate * math.exp(step), 1.0)
    risen = _recall(positive, negative, high) - _recall_below(positive, negative, low, high)
    skewed = math.sqrt(n_above * _trigamma(n_above))
    return risen / (rate * math.log(high / low)) * skewed


def _trigamma(number: float) -> float:
    return float(torch.special.polygamma(1, torch.tensor(number, dtype=torch.float64)))


def _recall(positive: Numbers, negative: Numbers, rate: float) -> float:
    share = passed(negative[None], rate)[0]
    return float((positive * share).sum() / positive.sum())


def _recall_below(positive: Numbers, negative: Numbers, rate: float, above: float) -> float:
    """Recall at a rate; below that of one negative, by the power law from there to `above`."""
    least = 1 / (float(negative.sum()) + 1)
    if rate >= least:
        return _recall(positive, negative, rate)
    first, then = (_recall(positive, negative, one) for one in (least, above))
    if first == 0:
        return 0.0
    power = math.log(then / first) / math.log(above / least)
    return float(first * (rate / least) ** power)


def _formula(value: float, slope: float, rate: float) -> Formula:
    def variances(units: Numbers) -> Numbers:
        recall = float(smoothed(value, units[1]))
        threshold = slope**2 * rate * (1 - rate) / units[0]
        return np.array([threshold, recall * (1 - recall) / units[1]])

    return variances
