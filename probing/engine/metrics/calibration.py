"""Metrics of probabilities, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`.
"""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.predicted import (
    Numbers,
    Predicted,
    UndefinedMetricError,
    Whole,
    weighted_mean,
)

N_BINS = 15


def brier(predicted: Predicted, weights: Numbers) -> Numbers:
    """Mean squared error of the probabilities.

    Binary: of class 1, 0 to 1. Multiclass: summed over the classes, 0 to 2 (Brier 1950,
    "Verification of forecasts expressed in terms of probability").
    """
    return weighted_mean(squared_errors(predicted), weights)


def squared_errors(predicted: Predicted) -> Numbers:
    """The squared error of each sample's probabilities, `[n]`."""
    probabilities = _probabilities(predicted)
    if predicted.task == "binary":
        errors: Numbers = (probabilities - predicted.numbers) ** 2
        return errors
    hits = np.arange(predicted.n_classes) == predicted.targets[:, None]
    errors = ((probabilities - hits) ** 2).sum(axis=1)
    return errors


def ece(predicted: Predicted, weights: Numbers) -> Numbers:
    """Expected calibration error: |accuracy - confidence|, weighted by the size of each bin.

    15 bins of equal width over the confidence, the probability of the likeliest class (Guo et
    al. 2017, "On calibration of modern neural networks"); binary confidence lies in 0.5 to 1.
    """
    gaps, confidence = confidence_gaps(predicted)
    binned = gaps[:, None] * (bins_of(confidence)[:, None] == np.arange(N_BINS))
    error: Numbers = np.abs(weights @ binned).sum(axis=1) / weights.sum(axis=1)
    return error


def confidence_gaps(predicted: Predicted) -> tuple[Numbers, Numbers]:
    """Whether each sample is decided rightly, less its confidence; and the confidence, `[n]`."""
    probabilities = _probabilities(predicted)
    if predicted.task == "binary":
        probabilities = np.stack([1 - probabilities, probabilities], axis=1)
    confidence: Numbers = probabilities.max(axis=1)
    return (probabilities.argmax(axis=1) == predicted.targets) - confidence, confidence


def bins_of(confidence: Numbers) -> Whole:
    """The bin of each confidence, `[n]`."""
    return np.clip(np.ceil(confidence * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)


def _probabilities(predicted: Predicted) -> Numbers:
    if predicted.probabilities is None:
        raise UndefinedMetricError("the classifier gives no probabilities")
    return predicted.probabilities
