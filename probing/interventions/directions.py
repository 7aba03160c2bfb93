"""The direction of a linear probe, in the units of the model's activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.errors import SpecError

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Direction:
    """Where a probe reads, and along what: its score is `features @ weights + bias`.

    `weights` `[width]` and `bias` are in the units of the activations of `layer` at `site`;
    `spread` is the standard deviation of the projections of the training rows on the unit vector
    along `weights`. Raises `SpecError` for weights that are all zero, and for rows without spread.
    """

    name: str
    site: str
    layer: int
    weights: Numbers
    bias: float
    spread: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.weights).all() or not float(np.linalg.norm(self.weights)) > 0:
            what = "its direction has no length: all weights are zero, or not finite"
            raise SpecError(what, where=self.name, hint="use a probe that learned something")
        if not np.isfinite(self.spread) or self.spread <= 0:
            what = "the rows that it was trained on do not differ along its direction"
            raise SpecError(what, where=self.name, hint="use a probe of other texts")

    @property
    def norm(self) -> float:
        """The length of `weights`: what a step of 1 along the unit vector adds to the score."""
        return float(np.linalg.norm(self.weights))

    @property
    def unit(self) -> Numbers:
        """The vector of length 1 along `weights`."""
        return self.weights / self.norm


def random_units(n: int, width: int, seed: int) -> Numbers:
    """`n` vectors of length 1 in directions drawn evenly, `[n, width]`."""
    drawn = np.random.default_rng(seed).standard_normal((n, width))
    units: Numbers = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return units
