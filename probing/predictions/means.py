"""The mean of a number over texts that come in groups, with its interval."""

from __future__ import annotations

import math

import numpy as np

from probing.intervals import LEVEL, t_quantile
from probing.predictions.cell import Numbers, Whole


def mean_bounds(values: Numbers, groups: Whole) -> tuple[float, float | None, float | None]:
    """The mean of `values` `[n]` and its 95 % interval by the sums of the `groups` `[n]`.

    No interval of fewer than two groups. Liang and Zeger (1986), Biometrika 73, of a mean.
    """
    mean = float(values.mean())
    _, place = np.unique(groups, return_inverse=True)
    n_groups = int(place.max()) + 1
    if n_groups < 2:
        return mean, None, None
    sums = np.bincount(place, values - mean) / len(values)
    error = math.sqrt(float((sums**2).sum()) * n_groups / (n_groups - 1))
    half = t_quantile(0.5 + LEVEL / 2, n_groups - 1) * error
    return mean, mean - half, mean + half
