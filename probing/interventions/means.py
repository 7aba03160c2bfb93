"""Means over texts with an interval by the groups that the texts stand in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.intervals import LEVEL, t_quantile
from probing.uncertainty import (
    Influence,
    Measured,
    NoIntervalError,
    TextsTested,
    binomial,
    bins_of,
    interval,
    measured,
    share_bounds,
)

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Mean:
    """A mean over `n` texts of `n_groups` groups with its 95 % interval, None for none."""

    value: float
    low: float | None
    high: float | None
    n: int
    n_groups: int


@dataclass(frozen=True)
class Training:
    """How what was fitted moves a value: folds, their training texts, and the optimism of fits.

    Other training texts would have given other fits: the variance grows by the optimism times
    n_tested / n_train (Nadeau and Bengio 2003), as that of the scores of a run.
    """

    n_folds: int
    n_train: float
    optimism: float


NOTHING_FITTED = Training(1, math.inf, 0.0)


def mean_of(
    values: Sequence[float], groups: Sequence[int], training: Training = NOTHING_FITTED
) -> Mean | None:
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
    low, high = interval_of(middle, (own - middle) / len(own), group, training)
    return Mean(middle, low, high, len(own), n_groups)


def share_of(
    hits: Sequence[int], groups: Sequence[int], training: Training = NOTHING_FITTED
) -> Mean:
    """The share of `hits` `[n]`, each 0 or 1, with Wilson's interval by their groups."""
    every, group = np.asarray(hits, dtype=np.bool_), np.asarray(groups, dtype=np.int64)
    share, n_groups = float(every.mean()), len(np.unique(group))
    if training is NOTHING_FITTED:
        low, high = share_bounds(every, group)
        return Mean(share, low, high, len(every), n_groups)
    own = (every - share) / len(every)
    found = _measured(share, own, group, training, binomial(np.array([share])))
    return _by_metric("accuracy", share, group, found)


def explained_of(
    predicted: Sequence[float], targets: Sequence[float], groups: Sequence[int], training: Training
) -> Mean | None:
    """R² of predictions of `targets` `[n]`; None where these do not differ."""
    group = np.asarray(groups, dtype=np.int64)
    if (known := _explained(predicted, targets)) is None:
        return None
    value, moved = known
    return _by_metric("r2", value, group, _measured(value, moved, group, training))


def explained_change(
    after: Sequence[float],
    before: Sequence[float],
    targets: Sequence[float],
    groups: Sequence[int],
    training: Training,
) -> Mean | None:
    """R² after less R² before, of the same texts."""
    group = np.asarray(groups, dtype=np.int64)
    one, other = _explained(after, targets), _explained(before, targets)
    if one is None or other is None:
        return None
    value = one[0] - other[0]
    low, high = interval_of(value, one[1] - other[1], group, training)
    return Mean(value, low, high, len(group), len(np.unique(group)))


def _by_metric(metric: str, value: float, groups: Ints, found: Measured | None) -> Mean:
    """A value with the interval of a metric, which stays inside its bounds."""
    low, high = (None, None) if found is None else interval(metric, found)
    return Mean(value, low, high, len(groups), len(np.unique(groups)))


def _explained(
    predicted: Sequence[float], targets: Sequence[float]
) -> tuple[float, Numbers] | None:
    """R² of all texts together, and what each moves it by."""
    wanted = np.asarray(targets, dtype=np.float64)
    errors = (np.asarray(predicted, dtype=np.float64) - wanted) ** 2
    deviations = (wanted - wanted.mean()) ** 2
    if not deviations.sum():
        return None
    share = errors.sum() / deviations.sum()
    return float(1 - share), -(errors - share * deviations) / deviations.sum()


def interval_of(
    value: float, influences: Numbers, groups: Ints, training: Training = NOTHING_FITTED
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a value, by Student's t over the groups of what each text moves it by.

    `influences` and `groups` are `[n]`; there is none where one group is all there is.
    """
    found = _measured(value, influences, groups, training)
    if found is None:
        return None, None
    half = t_quantile(0.5 + LEVEL / 2, max(int(found.df), 1)) * math.sqrt(found.variance)
    return value - half, value + half


def _measured(
    value: float,
    influences: Numbers,
    groups: Ints,
    training: Training,
    formula: Callable[[Numbers], Numbers] | None = None,
) -> Measured | None:
    whole = np.zeros(len(influences), dtype=np.int64)
    influence = Influence(value, influences, whole, whole, formula)
    texts, of = np.arange(len(influences)), training
    try:
        return measured(
            influence,
            TextsTested(texts, groups, bins_of(groups), of.n_folds, of.n_train, of.optimism),
        )
    except NoIntervalError:
        return None
