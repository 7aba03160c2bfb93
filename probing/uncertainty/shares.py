"""The interval of a share of texts, some of which belong together."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from probing.uncertainty.bounds import bounds

LEVEL = 0.95


def share_bounds(hits: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Wilson's 95 % interval (1927) of the share of `hits` `[n]`, for as many texts as count.

    Texts of a group `[n]` count as fewer, by the design effect: what the variance of the share by
    groups is of that by texts (Kish 1965, "Survey Sampling"), where some texts differ; else the
    groups count.
    """
    share, n = float(hits.mean()), _effective(hits, groups)
    inside = (share * n + 0.5) / (n + 1)
    quantile = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    return bounds("accuracy", share, inside * (1 - inside) / n, quantile, inside)


def _effective(hits: NDArray[np.bool_], groups: NDArray[np.int64]) -> float:
    """How many independent texts tell as much."""
    n, n_groups = len(hits), len(np.unique(groups))
    if n_groups == n:
        return float(n)
    off = hits - hits.mean()
    if n_groups == 1 or not off.any():
        return float(n_groups)
    _, place = np.unique(groups, return_inverse=True)
    together = float((np.bincount(place, off) ** 2).sum()) * n_groups / (n_groups - 1)
    return n / max(together / float((off**2).sum()), 1.0)
