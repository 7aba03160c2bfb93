"""Samples in the order of a score, those of an equal score in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ordered:
    """Samples by ascending score: `order` `[n]`, and where each place `starts` there, `[n_places]`.

    Samples of one place stand as they were.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def summed(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights `[n_weightings, n]` added up by place, `[n_weightings, n_places]`."""
        total: NDArray[np.float64] = np.add.reduceat(weights[:, self.order], self.starts, axis=1)
        return total

    def of_samples(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values `[n_weightings, n_places]` for each sample, `[n_weightings, n]`."""
        sizes = np.diff(self.starts, append=len(self.order))
        spread = np.empty((len(values), len(self.order)))
        spread[:, self.order] = np.repeat(values, sizes, axis=1)
        return spread


def ordered(scores: NDArray[np.float64]) -> Ordered:
    """Order samples by finite scores `[n]`."""
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = ascending[1:] != ascending[:-1]
    return Ordered(order, np.flatnonzero(is_new))
