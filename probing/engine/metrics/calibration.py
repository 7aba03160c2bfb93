"""Metrics of probabilities, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.predicted import Numbers, Predicted, UndefinedMetricError, weighted_mean

N_BINS = 15


def brier(predicted: Predicted, weights: Numbers) -> Numbers:
    """Mean squared error of the probabilities.

    Binary: of class 1, 0 to 1. Multiclass: summed over the classes, 0 to 2 (Brier 1950,
    "Verification of forecasts expressed in terms of probability").
    """
    probabilities = _probabilities(predicted)
    if predicted.task == "binary":
        errors = (probabilities - predicted.numbers) ** 2
    else:
        hits = np.arange(predicted.n_classes) == predicted.targets[:, None]
        errors = ((probabilities - hits) ** 2).sum(axis=1)
    return weighted_mean(errors, weights)


def ece(predicted: Predicted, weights: Numbers) -> Numbers:
    """Expected calibration error: |accuracy - confidence|, weighted by the size of each bin.

    15 bins of equal width over the confidence, the probability of the likeliest class (Guo et
    al. 2017, "On calibration of modern neural networks"); binary confidence lies in 0.5 to 1.
    """
    probabilities = _probabilities(predicted)
    if predicted.task == "binary":
        probabilities = np.stack([1 - probabilities, probabilities], axis=1)
    confidence = probabilities.max(axis=1)
    gaps = (probabilities.argmax(axis=1) == predicted.targets) - confidence
    bins = np.clip(np.ceil(confidence * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    binned = gaps[:, None] * (bins[:, None] == np.arange(N_BINS))
    error: Numbers = np.abs(weights @ binned).sum(axis=1) / weights.sum(axis=1)
    return error


def _probabilities(predicted: Predicted) -> Numbers:
    if predicted.probabilities is None:
        raise UndefinedMetricError("the classifier gives no probabilities")
    return predicted.probabilities
