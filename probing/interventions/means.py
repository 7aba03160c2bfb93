"""Means over texts with an interval by the groups that the texts stand in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.intervals import LEVEL, t_quantile
from probing.uncertainty import (
    Influence,
    NoIntervalError,
    TextsTested,
    bins_of,
    measured,
    share_bounds,
)


@dataclass(frozen=True)
class Mean:
    """A mean over `n` texts of `n_groups` groups with its 95 % interval, None for none."""

    value: float
    low: float | None
    high: float | None
    n: int
    n_groups: int


def mean_of(values: Sequence[float], groups: Sequence[int]) -> Mean | None:
    """The mean of the values that are finite, `[n]`; None without one.

    The interval is by Student's t with the groups as its units: texts of a group count as one.
    """
    every = np.asarray(values, dtype=np.float64)
    known = np.isfinite(every)
    if not known.any():
        return None
    own, group = every[known], np.asarray(groups, dtype=np.int64)[known]
    n_groups = len(np.unique(group))
    middle = float(own.mean())
    low, high = interval_of(middle, (own - middle) / len(own), group)
    return Mean(middle, low, high, len(own), n_groups)


def share_of(hits: Sequence[int], groups: Sequence[int]) -> Mean:
    """The share of `hits` `[n]`, each 0 or 1, with Wilson's interval by their groups."""
    every, group = np.asarray(hits, dtype=np.bool_), np.asarray(groups, dtype=np.int64)
    low, high = share_bounds(every, group)
    return Mean(float(every.mean()), low, high, len(every), len(np.unique(group)))


def interval_of(
    value: float, influences: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a value, by Student's t over the groups of what each text moves it by.

    `influences` and `groups` are `[n]`; there is none where one group is all there is.
    """
    whole = np.zeros(len(influences), dtype=np.int64)
    influence = Influence(value, influences, whole, whole)
    texts = np.arange(len(influences))
    try:
        # nothing is fitted here, so nothing is added for the randomness of a fit
        found = measured(influence, TextsTested(texts, groups, bins_of(groups), 1, math.inf, 0.0))
    except NoIntervalError:
        return None, None
    half = t_quantile(0.5 + LEVEL / 2, max(int(found.df), 1)) * math.sqrt(found.variance)
    return value - half, value + half
