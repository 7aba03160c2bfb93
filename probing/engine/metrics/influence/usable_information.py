"""Influence values of usable information, alone and beyond a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from probing.engine.metrics.influence.decisions import mean_over_folds
from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.predicted import Predicted
from probing.engine.metrics.usable_information import NOTHING, known_bits, saved_bits
from probing.uncertainty import Influence

FAILED_BITS = 2.0  # of a text whose class got a quarter of the probability


def v_information(samples: Samples) -> Influence:
    """Mean over folds of the bits that the probabilities save: each sample's own.

    What the class shares leave to be known is the most that there is.
    """
    saved, null_bits = saved_bits(samples.predicted), known_bits(samples.predicted)[1]
    found = mean_over_folds(samples, saved)
    constant = "" if saved.any() else "the probe is the null predictor"
    most = float(samples.mean_of(samples.fold, null_bits).mean())
    return replace(found, constant=constant, most=most, failure=FAILED_BITS, heavy=True)


def conditional_v_information(joint: Sequence[Predicted], alone: Sequence[Predicted]) -> Influence:
    """Mean over folds of the bits that a joint fit saves over one of the baseline alone.

    Both are of the same test parts, so that the null predictor cancels. Raises
    `UndefinedMetricError` where one gives no probabilities.
    """
    samples = Samples.of(joint)
    bits, own = (known_bits(one)[0] for one in (samples.predicted, Samples.of(alone).predicted))
    saved = own - bits
    constant = "the layer changes nothing" if float(np.abs(saved).max()) < NOTHING else ""
    return replace(mean_over_folds(samples, saved), constant=constant, heavy=True)
