"""Usable information: bits by which a probe's probabilities beat those that know no text.

Xu et al. 2020, "A theory of usable information under computational constraints": the predictive
V-information I_V(X → Y) = H_V(Y | ∅) - H_V(Y | X), each entropy the expected log loss of the best
predictor of a family V, without and with the text. The best without it is the share of each class.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from probing.engine.metrics.code_lengths import code_lengths
from probing.engine.metrics.log_odds import are_log_odds, hold_nothing, log_odds
from probing.engine.metrics.predicted import (
    Numbers,
    Predicted,
    UndefinedMetricError,
    Whole,
    weighted_mean,
)

NOTHING = 1e-9  # bits: the rounding of probabilities that are the shares of the classes


def v_information(predicted: Predicted, weights: Numbers) -> Numbers:
    """Mean of the bits that the probabilities save."""
    return weighted_mean(saved_bits(predicted), weights)


def saved_bits(predicted: Predicted) -> Numbers:
    """The bits that the probabilities save of each sample, `[n]`: exactly none by rounding alone.

    Raises `UndefinedMetricError` where they have none.
    """
    bits, null_bits = known_bits(predicted)
    saved = null_bits - bits
    return np.where(np.abs(saved) < NOTHING, 0.0, saved)


def known_bits(predicted: Predicted) -> tuple[Numbers, Numbers]:
    """The bits of each sample with and without its text, `[n]`.

    Raises `UndefinedMetricError` where one has none.
    """
    if predicted.probabilities is None:
        raise UndefinedMetricError("the classifier gives no probabilities")
    if predicted.bits is None or predicted.null_bits is None:
        raise UndefinedMetricError("the class shares of the training part are not known")
    if np.isinf(predicted.null_bits).any():
        raise UndefinedMetricError("a class of the test part is not in the training part")
    return predicted.bits, predicted.null_bits


def with_bits(predicted: Predicted, trained_on: Whole) -> Predicted:
    """The same with its bits; `trained_on` `[n_train]` are the classes of the training texts.

    A probe that gives some class of some sample a probability of exactly 0, whose bits would be
    infinite, is mixed with the class shares as if these were one more training text:
    (n_train · p + share) / (n_train + 1), for all samples alike. That is a predictor of the same
    family, which in Xu et al.'s definition may always ignore its text.
    """
    targets, probabilities = predicted.targets.astype(np.int64), predicted.probabilities
    assert probabilities is not None
    counts, n_train = np.bincount(trained_on, minlength=predicted.n_classes), len(trained_on)
    share = (counts / max(n_train, 1))[targets]
    bits = code_lengths(targets, predicted.scores, probabilities)
    if _has_zeros(predicted.scores, probabilities):
        bits = _bits_of((n_train * np.exp2(-bits) + share) / (n_train + 1))
    return replace(predicted, bits=bits, null_bits=_bits_of(share))


def _bits_of(shares: Numbers) -> Numbers:
    with np.errstate(divide="ignore"):
        bits: Numbers = -np.log2(shares)
    return bits


def _has_zeros(scores: Numbers, probabilities: Numbers) -> bool:
    known = are_log_odds(scores, probabilities)
    return bool(hold_nothing(scores if known else log_odds(probabilities)).any())
