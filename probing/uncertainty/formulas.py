"""Variances by formula, for where too few texts go wrong for influence values to tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from probing.uncertainty.influence import Numbers

Formula = Callable[[Numbers], Numbers]


def binomial(shares: Numbers, weight: float = 1.0) -> Formula:
    """The variance of `weight` times each share `[n_parts]`, half a failure and success added.

    NaN shares have none: what they are does not matter.
    """

    def variances(units: Numbers) -> Numbers:
        smooth = smoothed(shares, units)
        return np.nan_to_num(weight**2 * smooth * (1 - smooth) / units)

    return variances


def placement_variance(areas: Numbers, binary: bool) -> Formula:
    """The variance that the samples of each class add to AUROC, one class against the rest.

    By the exponential model of Hanley and McNeil (1982), Radiology 143. `areas` is `[n_classes]`;
    of two classes only that of class 1 is read.
    """

    def variances(units: Numbers) -> Numbers:
        total = units.sum()
        parts = np.zeros(len(units))
        scored = [len(units) - 1] if binary else range(len(units))
        for at in scored:
            rest = total - units[at]
            area = float(smoothed(areas[at], min(units[at], rest)))
            inside = (area / (2 - area) - area**2) / units[at]
            outside = (2 * area**2 / (1 + area) - area**2) / rest
            others = np.arange(len(units)) != at
            parts[at] += inside / len(scored) ** 2
            parts[others] += outside * units[others] / rest / len(scored) ** 2
        return parts

    return variances


def smoothed(share: Numbers | float, units: Numbers | float) -> Numbers:
    """The share with half a failure and half a success added to `units` trials."""
    smooth: Numbers = (np.asarray(share) * units + 0.5) / (np.asarray(units) + 1)
    return smooth
