"""How far a class lies from the others along a direction, in units of the spread inside them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from probing.interventions.directions import Numbers
from probing.interventions.means import Mean, interval_of


def separation_of(
    values: Numbers, is_in: NDArray[np.bool_], groups: NDArray[np.int64]
) -> Mean | None:
    """The difference of the means of `values` `[n]` inside and outside a class, over their spread.

    The spread is the standard deviation inside the two parts, pooled (Cohen's d). The interval is
    by Student's t over groups, of the influence of each text on means and spread; None where a part
    has fewer than two texts, or nothing varies.
    """
    known = np.isfinite(values)
    x, inside, group = values[known], is_in[known], groups[known]
    counts = np.array([(~inside).sum(), inside.sum()])
    if counts.min() < 2:
        return None
    means = np.array([x[~inside].mean(), x[inside].mean()])
    off = x - means[inside.astype(np.int64)]
    spread = math.sqrt(float((off**2).sum()) / (len(x) - 2))
    if not spread > 0:
        return None
    value = float(means[1] - means[0]) / spread
    sign = np.where(inside, 1.0, -1.0)
    share = counts[inside.astype(np.int64)] / len(x)
    moved = sign * off / (share * spread) - value / 2 * ((off / spread) ** 2 - 1)
    low, high = interval_of(value, moved / len(x), group)
    return Mean(value, low, high, len(x), len(np.unique(group)))
