"""Bounds of a score that stay inside those of its metric.

Shares: Wilson's interval (1927) with the effective number of texts that the variance implies.
Brier score and calibration error likewise. Correlations: on Fisher's z. R² and errors without a
largest value: on the scale of their logarithm; V-information likewise by what it is short of the
most that the class shares leave to be known.
"""

from __future__ import annotations

import math

from probing.intervals import LEVEL, t_quantile
from probing.metric_names import METRICS
from probing.uncertainty.variance import Measured

FARTHEST = 64.0  # standard errors: further is as far
STEPS = 30


def interval(metric: str, score: Measured) -> tuple[float, float]:
    """The 95 % interval of a score."""
    quantile = t_quantile(0.5 + LEVEL / 2, max(int(score.df), 1))
    return bounds_of(metric, score, quantile)


def bounds_of(metric: str, score: Measured, quantile: float) -> tuple[float, float]:
    """The score less and plus `quantile` standard errors, as `bounds`."""
    return bounds(metric, score.value, score.variance, quantile, score.centre, score.least)


def distance(metric: str, score: Measured, level: float) -> float:
    """By how many standard errors a score lies above `level`: where its bound meets it.

    Of shares near a bound that is not the Wald statistic: it is as sure of them as the interval.
    """
    is_above = score.value > level
    near, far = 0.0, FARTHEST
    for _ in range(STEPS):
        middle = (near + far) / 2
        bound = bounds_of(metric, score, middle)[0 if is_above else 1]
        near, far = (middle, far) if (bound > level) is is_above else (near, middle)
    return near if is_above else -near


def bounds(
    metric: str,
    value: float,
    variance: float,
    quantile: float,
    centre: float | None = None,
    least: float = 0.0,
) -> tuple[float, float]:
    """The score less and plus `quantile` standard errors, on the metric's own scale.

    `centre` stands for a score that lies on a bound, where its variance would be nothing, or is the
    bound that the texts set. `least` is the variance that half a failing group would add.
    """
    known = METRICS[metric]
    error = quantile * math.sqrt(max(variance, 0.0))
    if error == 0:
        return value, value
    if metric in ("pearson", "spearman"):
        return _on_fisher_scale(value, error)
    if metric == "r2":
        low, high = _on_log_scale(max(1 - value, 1e-12), error)
        return 1 - high, 1 - low
    if math.isinf(known.low):
        return _below(centre, value, error, math.sqrt(least / 2))
    if math.isinf(known.high):
        return _on_log_scale(value, error)
    unit = known.high
    middle = (value if centre is None else centre) / unit
    low, high = _wilson(value / unit, middle, variance / unit**2, quantile)
    return low * unit, high * unit


def _wilson(share: float, centre: float, variance: float, quantile: float) -> tuple[float, float]:
    spread = centre * (1 - centre)
    if spread <= 0:
        return share, share
    n, square = spread / variance, quantile**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = quantile / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(min(middle - half, share), 0.0), min(max(middle + half, share), 1.0)


def _on_fisher_scale(value: float, error: float) -> tuple[float, float]:
    inside = min(max(value, -1 + 1e-9), 1 - 1e-9)
    half = error / (1 - inside**2)
    return math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half)


def _below(most: float | None, value: float, error: float, half: float) -> tuple[float, float]:
    """On the scale of the logarithm of what is missing to `most`, if that is above the value.

    `half` a failure is added to what is missing, which may be next to nothing.
    """
    if most is None or most <= value:
        return value - error, value + error
    low, high = _on_log_scale(most - value + half, error)
    return most - high + half, min(most - low + half, most)


def _on_log_scale(value: float, error: float) -> tuple[float, float]:
    if value <= 0:
        return 0.0, error
    factor = math.exp(min(error / value, 700.0))
    return value / factor, value * factor
