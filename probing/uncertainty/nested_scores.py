"""How scores of the same test texts vary together where the training parts are nested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.uncertainty.influence import Numbers
from probing.uncertainty.variance import Measured


def covariance_of(scores: Sequence[Measured | None], sizes: Sequence[float]) -> Numbers:
    """The covariance of a metric at some numbers of training texts, `[n_sizes, n_sizes]`.

    What the test texts add moves the scores together as their influences do. What the luck of
    training adds is that of a mean over the texts trained on, of which the smaller part shares
    all: correlated by the square root of the ratio of sizes. NaN where there is no score.
    """
    variances = np.array([np.nan if one is None else one.variance for one in scores])
    given = variances / np.array([np.nan if one is None else one.growth for one in scores])
    errors, trained = np.sqrt(given), np.sqrt(np.maximum(variances - given, 0.0))
    units = np.stack([_units(one) if one else _nothing(scores) for one in scores])
    by_size = np.asarray(sizes, dtype=float)
    ratios = np.minimum.outer(by_size, by_size) / np.maximum(np.maximum.outer(by_size, by_size), 1)
    together = units @ units.T
    np.fill_diagonal(together, 1.0)
    covariance: Numbers = np.outer(errors, errors) * together
    covariance += np.outer(trained, trained) * np.sqrt(ratios)
    return covariance


def _units(score: Measured) -> Numbers:
    """The influences of the groups, in units of their length."""
    length = float(np.sqrt((score.sums**2).sum()))
    units: Numbers = score.sums / length if length else score.sums
    return units


def _nothing(scores: Sequence[Measured | None]) -> Numbers:
    return np.zeros(max((len(one.sums) for one in scores if one), default=0))
