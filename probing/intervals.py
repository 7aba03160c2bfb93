"""Mean, standard deviation and 95 % interval of a metric over folds.

Folds share training data, so their scores are not independent and the plain t interval is too
narrow. Nadeau and Bengio (2003), "Inference for the generalization error", correct its
variance: s² (1/k + n_test/n_train) in place of s²/k, with k - 1 degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from probing.metric_names import METRICS

LEVEL = 0.95
_MOST_STEPS, _ROUNDING = 200, 1e-15
MANY = 1000  # degrees of freedom from which on the expansion around the normal is exact enough


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation of the folds, and the bounds of the 95 % interval.

    What a single fold cannot tell is None.
    """

    mean: float
    std: float | None
    low: float | None
    high: float | None


def summarise(
    values: Sequence[float],
    *,
    n_train: float,
    n_test: float,
    permutations: Sequence[int] | None = None,
    metric: str | None = None,
) -> Summary:
    """Summarise the scores of a cell's folds, `[n_folds]`.

    With several permutations the mean is that of the permutations' means, and the interval is
    the t interval over these means; with one it is the corrected one over the folds. The bounds
    are clipped to those of `metric`.
    """
    means = _means(values, permutations or [0] * len(values))
    mean, std = _mean(means), _std(values)
    if len(means) > 1:
        half = _half_width(means, 1 / len(means))
    else:
        half = _half_width(values, 1 / len(values) + n_test / n_train) if n_train else None
    if half is None:
        return Summary(mean, std, None, None)
    return Summary(mean, std, _clipped(mean - half, metric), _clipped(mean + half, metric))


def _half_width(values: Sequence[float], factor: float) -> float | None:
    std = _std(values)
    if std is None:
        return None
    return t_quantile(0.5 + LEVEL / 2, len(values) - 1) * std * math.sqrt(factor)


def _means(values: Sequence[float], permutations: Sequence[int]) -> list[float]:
    parts: dict[int, list[float]] = {}
    for value, permutation in zip(values, permutations, strict=True):
        parts.setdefault(permutation, []).append(value)
    return [_mean(part) for part in parts.values()]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _std(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _clipped(value: float, metric: str | None) -> float:
    return value if metric is None else METRICS[metric].clipped(value)


@lru_cache(maxsize=1024)
def t_quantile(probability: float, degrees: int) -> float:
    """The quantile of Student's t with a whole number of degrees of freedom, 0.5 <= p < 1.

    Newton's method for the angle atan(t/√degrees) in the finite series of Abramowitz and Stegun
    (1964), 26.7.3 and 26.7.4. The mass is concave in the angle, so steps never go too far.
    """
    if degrees < 1 or not 0.5 <= probability < 1:
        raise ValueError(f"no t quantile for p = {probability}, {degrees} degrees of freedom")
    if degrees > MANY:
        return t_of_normal(NormalDist().inv_cdf(probability), degrees)
    mass = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    density = 2 * math.exp(mass) / math.sqrt(math.pi)
    angle = 0.0
    for _ in range(_MOST_STEPS):
        left = 2 * probability - 1 - _central_mass(angle, degrees)
        step = left / (density * math.cos(angle) ** (degrees - 1))
        if step <= _ROUNDING * angle:
            break
        angle += step
    return math.tan(angle) * math.sqrt(degrees)


def t_tail(t: float, degrees: int) -> float:
    """The probability that Student's t lies above `t` >= 0."""
    if degrees > MANY:
        return math.erfc(normal_of_t(t, degrees) / math.sqrt(2)) / 2
    return max((1 - _central_mass(math.atan(t / math.sqrt(degrees)), degrees)) / 2, 0.0)


def t_of_normal(normal: float, degrees: float) -> float:
    """The quantile of t that lies as deep as `normal` >= 0 does in a normal distribution.

    The expansion of Hill (1970), "Algorithm 396", whose error falls with the fourth power of
    the degrees of freedom.
    """
    z, square = normal, normal**2
    first = (square + 1) / 4
    second = ((5 * square + 16) * square + 3) / 96
    third = (((3 * square + 19) * square + 17) * square - 15) / 384
    return z * (1 + (first + (second + third / degrees) / degrees) / degrees)


def normal_of_t(t: float, degrees: float) -> float:
    """The inverse of `t_of_normal`, by bisection; of either sign."""
    if t < 0:
        return -normal_of_t(-t, degrees)
    if math.isinf(t):
        return t
    low, high = 0.0, t
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_of_normal(middle, degrees) < t else (low, middle)
    return low


def _central_mass(angle: float, degrees: int) -> float:
    """The probability that |t| is below √degrees · tan(angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for step in range((degrees - 1) // 2 if odd else degrees // 2):
        total += term
        top, bottom = (2 * step + 2, 2 * step + 3) if odd else (2 * step + 1, 2 * step + 2)
        term *= cosine**2 * top / bottom
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
