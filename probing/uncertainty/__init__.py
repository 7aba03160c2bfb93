"""Uncertainty of scores from influence values: variances, bounds, bands, tests. NumPy alone."""

from probing.uncertainty.bounds import bounds, interval
from probing.uncertainty.difference import Difference, differences, differences_of, holm, mcnemar
from probing.uncertainty.formulas import binomial, placement_variance
from probing.uncertainty.influence import Influence
from probing.uncertainty.joint import Joint
from probing.uncertainty.shares import share_bounds
from probing.uncertainty.variance import Measured, NoIntervalError, TextsTested, bins_of, measured

__all__ = [
    "Difference",
    "Influence",
    "Joint",
    "Measured",
    "NoIntervalError",
    "TextsTested",
    "binomial",
    "bins_of",
    "bounds",
    "differences",
    "differences_of",
    "holm",
    "interval",
    "mcnemar",
    "measured",
    "placement_variance",
    "share_bounds",
]
