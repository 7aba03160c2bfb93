"""Bits to send the labels of texts with a probe's probabilities, and how sure their sum is."""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.log_odds import are_log_odds
from probing.engine.metrics.predicted import Numbers, Whole
from probing.uncertainty import Influence

FEW = 20  # groups: parts of the code with fewer are taken together


def code_lengths(targets: Whole, scores: Numbers, probabilities: Numbers) -> Numbers:
    """-log2 of the probability of each sample's class, `[n]`.

    `probabilities` and `scores` are `[n]`, of class 1, or `[n, n_classes]`. Where the scores are
    the log odds of the probabilities, which may be 1 to the last digit, they tell the bits.
    """
    if are_log_odds(scores, probabilities):
        odds = _of_class(targets, scores, -scores)
        bits: Numbers = np.logaddexp(0, -odds) / np.log(2)
        return bits
    shares = _of_class(targets, probabilities, 1 - probabilities)
    bits = -np.log2(np.maximum(shares, np.finfo(np.float64).tiny))
    return bits


def _of_class(targets: Whole, values: Numbers, otherwise: Numbers) -> Numbers:
    if values.ndim == 2:
        return values[np.arange(len(values)), targets]
    return np.where(targets == 1, values, otherwise)


def description_length(
    bits: Numbers, parts: Whole, growth: Numbers, n_classes: int
) -> dict[str, Influence]:
    """The sum of the code lengths `[n]`, and how many times shorter it is than n log2 K.

    Texts are compared inside the parts of the code, `[n]`, which were sent by different probes;
    `growth` `[n]` is what the randomness of the texts that these were trained on multiplies the
    variance by.
    """
    whole = np.zeros(len(bits), dtype=np.int64)
    counts = np.bincount(parts)
    off = bits - (np.bincount(parts, bits) / np.maximum(counts, 1))[parts]
    off *= np.sqrt(growth)
    off -= (np.bincount(parts, off) / np.maximum(counts, 1))[parts]
    total, uniform = float(bits.sum()), len(bits) * float(np.log2(n_classes))
    return {
        "description_length": Influence(total, off, parts, whole),
        "compression": Influence(uniform / total, -uniform / total**2 * off, parts, whole),
    }


def joined_parts(parts: Whole, groups: Whole) -> Whole:
    """The parts `[n]` in their order, each with those after it until it has `FEW` groups."""
    joined = np.zeros(len(parts), dtype=np.int64)
    numbers, at, met = np.unique(parts), 0, set[int]()
    for number in numbers:
        rows = parts == number
        met |= set(groups[rows].tolist())
        joined[rows] = at
        if len(met) >= FEW:
            at, met = at + 1, set()
    if met and at:
        joined[joined == at] = at - 1
    return joined
