"""The directions of linear probes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from probing.errors import ProbeError
from probing.probes.card import CLOSED, ENSEMBLE, LINEAR, TOKENS, Card

Numbers = NDArray[np.float64]


def check_linear(card: Card, hint: str = "") -> None:
    """Raises `ProbeError` for a probe that has no direction."""
    if card.kind == CLOSED:
        what = f"is of {card.classifier.name}, whose scores are not linear: it has no direction"
        raise ProbeError(what, where=card.name, hint=hint)
    if card.kind == ENSEMBLE:
        what = "is the mean of several layers, which has no direction in one of them"
        raise ProbeError(what, where=card.name, hint=hint)
    if card.kind == TOKENS:
        what = "looks at all tokens of a text, and has no direction in one activation"
        raise ProbeError(what, where=card.name, hint=hint)
    if card.kind != LINEAR:
        raise ProbeError(f"is a {card.kind}, which has no direction", where=card.name, hint=hint)


def unit_directions(weights: Numbers) -> Numbers:
    """Unit vectors `[k, d]` of weights `[k, d]`; 0 where there is no weight.

    Of several classes that of each against the mean of all, which does not depend on what is
    added to the weights of all of them.
    """
    if len(weights) > 1:
        weights = weights - weights.mean(axis=0)
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    unit: Numbers = weights / np.where(lengths, lengths, 1)
    return unit
