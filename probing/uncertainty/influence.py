"""The influence of each test sample on a metric: what all intervals and tests are built on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Influence:
    """A metric of the out-of-fold predictions of a cell, and what each sample moves it by.

    `of_samples` is `[n]`: the metric's change when a sample's weight grows by one, whose sum of
    squares is the variance of `value` for independent samples. `strata` `[n]` numbers the samples
    that are compared with each other: inside each the influences sum to zero. `parts` `[n]`
    numbers the kinds of samples whose number limits what is known, such as classes; `variance_of`
    gives the variance of each part from its number of independent units `[n_parts]` by a formula,
    for where too few samples go wrong for the influences to tell. `ranks` marks metrics of pairs.
    `constant` says why the metric is what it is whatever the samples, and so has no interval.
    `fitted` is how far the metric is what a fit minimises, 0 to 1: at a minimum the randomness of
    training moves it little. `most` is the largest value that the metric may have on these samples,
    where that depends on them. `failure` is by how much, times their number, one more sample that
    is decided wrong with confidence would move the metric: half of one may have gone unseen.
    `heavy` marks one that a few samples may carry: their number says how far its variance is known.
    """

    value: float
    of_samples: Numbers
    strata: Whole
    parts: Whole
    variance_of: Callable[[Numbers], Numbers] | None = None
    ranks: bool = False
    constant: str = ""
    fitted: float = 0.0
    most: float | None = None
    failure: float = 0.0
    heavy: bool = False
