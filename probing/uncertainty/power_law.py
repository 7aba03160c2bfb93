"""The power law of a learning curve: score = asymptote - amplitude · n^(-rate).

Cortes et al. (1994), "Learning curves: asymptotic values and rate of convergence"; for the number
of texts that a score needs, Figueroa et al. (2012), "Predicting sample size required for
classification performance"; among other shapes, Viering and Loog (2023), "The shape of learning
curves: a review". Here by generalised least squares, since the scores of a curve are of the same
test texts and of nested training parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from probing.uncertainty.influence import Numbers

LEAST_SIZES = 4  # one more than the parameters of the law
SLOWEST, FASTEST = 0.05, 4.0  # rates between which a curve of a few sizes tells its shape
RATES: Numbers = np.geomspace(SLOWEST, FASTEST, 120)
N_DRAWS = 500
TREND_Z, MISFIT_Z = 1.645, 2.326  # one-sided 5 and 1 %


class NoPowerLawError(ValueError):
    """A learning curve has no power law; the message says why."""


@dataclass(frozen=True)
class Curve:
    """Scores by the number of training texts.

    `sizes` and `values` are `[n_sizes]`, `covariance` of the scores `[n_sizes, n_sizes]`. A score
    cannot be better than `bound`; `sign` is 1 where higher is better, else -1.
    """

    sizes: Numbers
    values: Numbers
    covariance: Numbers
    bound: float = math.inf
    sign: float = 1.0

    @cached_property
    def precision(self) -> Numbers:
        """The inverse of the covariance."""
        scale = np.sqrt(self.covariance.diagonal())
        ridge = 1e-8 * np.eye(len(scale))
        units = np.outer(scale, scale)
        inverse: Numbers = np.linalg.inv(self.covariance / units + ridge) / units
        return inverse

    @property
    def relative(self) -> Numbers:
        """The sizes, as shares of the largest."""
        shares: Numbers = self.sizes / self.sizes.max()
        return shares


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; an end that cannot be told is infinite."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PowerLaw:
    """A fitted law, and laws as they could have come out, `draws` `[n_draws, 3]`.

    Its numbers are asymptote, amplitude and rate, the amplitude in units of the score at the
    largest of the curve's sizes and positive where the score gets better with size.
    """

    curve: Curve
    fitted: Numbers
    draws: Numbers

    @property
    def asymptote(self) -> Estimate:
        """The score of endlessly many training texts."""
        return self._estimate(lambda laws: self.curve.sign * laws[..., 0])

    @property
    def rate(self) -> Estimate:
        """The exponent by which the score nears its asymptote."""
        return self._estimate(lambda laws: laws[..., 2])

    @property
    def amplitude(self) -> float:
        """The b of a - b · n^(-c), with n in texts; negative for an error, which falls."""
        _, amplitude, rate = self.fitted
        return float(self.curve.sign * amplitude * self.curve.sizes.max() ** rate)

    def at(self, size: float) -> float:
        """The score with `size` training texts."""
        asymptote, amplitude, rate = self.fitted
        return float(self.curve.sign * (asymptote - amplitude * self._relative(size) ** -rate))

    def n_within(self, distance: float) -> Estimate:
        """The training texts until the score is within `distance` of its asymptote.

        At least the smallest size that was measured.
        """
        return self._n_until(lambda laws: np.full(laws.shape[:-1], distance))

    def n_reaching(self, score: float) -> Estimate:
        """The training texts until the score is `score`; infinite where it never is."""
        return self._n_until(lambda laws: laws[..., 0] - self.curve.sign * score)

    def _n_until(self, distance: Callable[[Numbers], Numbers]) -> Estimate:
        def n_texts(laws: Numbers) -> Numbers:
            left = distance(laws)
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                share = (laws[..., 1] / left) ** (1 / laws[..., 2])
            n = np.where(left > 0, share * self.curve.sizes.max(), np.inf)
            least: Numbers = np.maximum(n, self.curve.sizes.min())
            return least

        return self._estimate(n_texts)

    def _estimate(self, told: Callable[[Numbers], Numbers]) -> Estimate:
        drawn = np.sort(told(self.draws))
        # of draws, not between two: one of them may be infinite
        low, high = (drawn[round(share * (len(drawn) - 1))] for share in (0.025, 0.975))
        value = float(told(self.fitted))
        return Estimate(value, min(float(low), value), max(float(high), value))

    def _relative(self, size: float) -> float:
        return size / float(self.curve.sizes.max())


def fit_power_law(curve: Curve) -> PowerLaw:
    """Fit the law by generalised least squares, with laws drawn around it for its intervals.

    Raises `NoPowerLawError` where fewer than four sizes have a score, where the scores do not get
    better with size, where the law does not fit them, or where they do not tell its rate.
    """
    _check(curve)
    law, loss = _best(curve)
    if loss > _chi_square(len(curve.sizes) - 3):
        raise NoPowerLawError("a power law does not fit the scores")
    if law[2] >= FASTEST * 0.99:
        raise NoPowerLawError("the curve levels off before its second size: add smaller fractions")
    if _best(replace(curve, bound=curve.sign * math.inf))[0][2] <= SLOWEST * 1.01:
        raise NoPowerLawError("the curve does not begin to level off")
    drawn = curve.sign * _scores(curve, law) + _noise(curve)
    draws, _ = _fitted(curve, drawn, RATES)
    return PowerLaw(curve, law, draws)


def _check(curve: Curve) -> None:
    n_sizes = len(np.unique(curve.sizes))
    if n_sizes < LEAST_SIZES or n_sizes < len(curve.sizes):
        raise NoPowerLawError(f"a power law needs scores at {LEAST_SIZES} sizes, here {n_sizes}")
    if not (curve.covariance.diagonal() > 0).all():
        raise NoPowerLawError("the scores have no intervals")
    slope, error = _trend(curve)
    if slope <= TREND_Z * error:
        raise NoPowerLawError("the score does not get better with more training texts")


def _trend(curve: Curve) -> tuple[float, float]:
    """The slope of the scores over the logarithm of size, and its standard error."""
    basis = np.stack([np.ones(len(curve.sizes)), np.log(curve.relative)], axis=1)
    inverse = np.linalg.inv(basis.T @ curve.precision @ basis)
    slope = inverse[1] @ basis.T @ curve.precision @ (curve.sign * curve.values)
    return float(slope), math.sqrt(inverse[1, 1])


def _fitted(curve: Curve, scores: Numbers, rates: Numbers) -> tuple[Numbers, Numbers]:
    """The best law of each row of `scores` `[n, n_sizes]`, higher being better, and its loss.

    At a given rate a law is linear; so all `rates` are tried. The asymptote stays below the
    curve's bound, and the amplitude is not negative.
    """
    falling = -(curve.relative[None, :] ** -rates[:, None])  # [n_rates, n_sizes]
    weighted = falling @ curve.precision
    ones = curve.precision.sum(axis=0)
    s11, s12, s22 = ones.sum(), falling @ ones, (weighted * falling).sum(axis=1)
    r1, r2 = (scores @ ones)[:, None], scores @ weighted.T
    determinant = s11 * s22 - s12**2
    a, b = (s22 * r1 - s12 * r2) / determinant, (s11 * r2 - s12 * r1) / determinant
    a = np.where(b < 0, r1 / s11, a)
    a = np.minimum(a, curve.sign * curve.bound)
    b = np.maximum((r2 - s12 * a) / s22, 0.0)
    squares = ((scores @ curve.precision) * scores).sum(axis=1)
    losses = squares[:, None] - 2 * (a * r1 + b * r2) + a * a * s11 + 2 * a * b * s12 + b * b * s22
    best = losses.argmin(axis=1)
    rows = np.arange(len(scores))
    return np.stack([a[rows, best], b[rows, best], rates[best]], axis=1), losses[rows, best]


def _best(curve: Curve) -> tuple[Numbers, float]:
    """The law of the scores and its loss, its rate found on ever finer grids."""
    rates, width = RATES, float(RATES[1] / RATES[0])
    for _ in range(7):
        laws, losses = _fitted(curve, curve.sign * curve.values[None, :], rates)
        steps = np.geomspace(1 / width, width, 41)
        rates, width = (laws[0, 2] * steps).clip(SLOWEST, FASTEST), width ** (1 / 10)
    return laws[0], float(losses[0])


def _scores(curve: Curve, law: Numbers) -> Numbers:
    scores: Numbers = curve.sign * (law[0] - law[1] * curve.relative ** -law[2])
    return scores


def _noise(curve: Curve) -> Numbers:
    """How the scores could have come out, less what they are expected to be."""
    values, vectors = np.linalg.eigh(curve.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    draws = np.random.default_rng(396).standard_normal((N_DRAWS, len(values)))
    noise: Numbers = draws @ root.T
    return noise


def _chi_square(degrees: int) -> float:
    """The 99 % quantile of chi-square, by Wilson and Hilferty (1931)."""
    part = 2 / (9 * degrees)
    return float(degrees * (1 - part + MISFIT_Z * math.sqrt(part)) ** 3)
