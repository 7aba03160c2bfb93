"""Influence values of metrics of probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from probing.engine.metrics.calibration import bins_of, confidence_gaps, squared_errors
from probing.engine.metrics.influence.decisions import mean_over_folds
from probing.engine.metrics.influence.samples import Samples
from probing.uncertainty import Influence


def brier(samples: Samples) -> Influence:
    """Mean over folds of the squared error of the probabilities: each sample's own."""
    found = mean_over_folds(samples, squared_errors(samples.predicted))
    return replace(found, failure=1.0)


def ece(samples: Samples) -> Influence:
    """Expected calibration error of all folds together: the derivative of Σ |gap of a bin| / n."""
    gaps, confidence = confidence_gaps(samples.predicted)
    bins = bins_of(confidence)
    totals = np.bincount(bins, gaps)
    value = float(np.abs(totals).sum() / len(gaps))
    influence = (np.sign(totals)[bins] * gaps - value) / len(gaps)
    whole = np.zeros(len(gaps), dtype=np.int64)
    return Influence(value, influence, whole, whole, failure=1.0)
