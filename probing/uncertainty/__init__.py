"""Uncertainty of scores from influence values: variances, bounds, bands, tests. NumPy alone."""

from probing.uncertainty.bounds import bounds, bounds_of, distance, interval
from probing.uncertainty.difference import Difference, differences, differences_of, holm, mcnemar
from probing.uncertainty.formulas import binomial, placement_variance
from probing.uncertainty.influence import Influence
from probing.uncertainty.joint import Joint
from probing.uncertainty.nested_scores import covariance_of
from probing.uncertainty.power_law import Curve, Estimate, NoPowerLawError, PowerLaw, fit_power_law
from probing.uncertainty.shares import share_bounds
from probing.uncertainty.training_parts import apart, with_training_parts
from probing.uncertainty.variance import Measured, NoIntervalError, TextsTested, bins_of, measured

__all__ = [
    "Curve",
    "Difference",
    "Estimate",
    "Influence",
    "Joint",
    "Measured",
    "NoIntervalError",
    "NoPowerLawError",
    "PowerLaw",
    "TextsTested",
    "apart",
    "binomial",
    "bins_of",
    "bounds",
    "bounds_of",
    "covariance_of",
    "differences",
    "differences_of",
    "distance",
    "fit_power_law",
    "holm",
    "interval",
    "mcnemar",
    "measured",
    "placement_variance",
    "share_bounds",
    "with_training_parts",
]
