"""The power law of learning curves: exact, covered, and silent where the scores do not tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from probing.uncertainty.power_law import Curve, NoPowerLawError, fit_power_law

SIZES = np.array([50.0, 100.0, 200.0, 250.0, 500.0])


def covariance(error: float, correlation: float = 0.7) -> Any:
    errors = error * np.array([1.5, 1.3, 1.1, 1.05, 1.0])
    return np.outer(errors, errors) * (correlation + (1 - correlation) * np.eye(5))


@pytest.mark.parametrize(
    ("asymptote", "amplitude", "rate", "sign"),
    [(0.9, 2.0, 0.5, 1.0), (0.2, -3.0, 0.8, -1.0), (0.97, 40.0, 1.7, 1.0), (0.5, 0.3, 0.2, 1.0)],
)
def test_it_finds_the_law_that_made_the_scores(
    asymptote: float, amplitude: float, rate: float, sign: float
) -> None:
    values = asymptote - amplitude * SIZES**-rate
    curve = Curve(SIZES, values, covariance(1e-4), 1.0 if sign > 0 else 0.0, sign)
    law = fit_power_law(curve)
    assert law.asymptote.value == pytest.approx(asymptote, rel=1e-5)
    assert law.amplitude == pytest.approx(amplitude, rel=1e-3)
    assert law.rate.value == pytest.approx(rate, rel=1e-4)
    assert law.at(100) == pytest.approx(values[1], rel=1e-6)
    distance = abs(asymptote - values[-1]) / 2
    wanted = (abs(amplitude) / distance) ** (1 / rate)
    assert law.n_within(distance).value == pytest.approx(wanted, rel=1e-3)
    reached = asymptote - sign * distance
    assert law.n_reaching(reached).value == pytest.approx(wanted, rel=1e-3)
    assert law.n_reaching(asymptote + sign * 0.01).value == math.inf


def test_it_is_the_generalised_least_squares_fit() -> None:
    noise = 0.01 * np.array([0.4, -0.6, 0.9, -0.2, 0.1])
    spread = covariance(0.01)
    values = 0.9 - 2 * SIZES**-0.6 + noise
    inverse = np.linalg.inv(spread)

    def loss(law: Any) -> float:
        off = values - (law[0] - law[1] * (SIZES / 500) ** -law[2])
        return float(off @ inverse @ off)

    found = minimize(loss, [0.9, 0.05, 0.6], method="Nelder-Mead",
                     options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10_000})  # fmt: skip
    law = fit_power_law(Curve(SIZES, values, spread, 1.0))
    assert law.asymptote.value == pytest.approx(found.x[0], abs=1e-5)
    assert law.rate.value == pytest.approx(found.x[2], rel=1e-3)


def test_no_score_is_beyond_its_bound() -> None:
    values = np.array([0.8, 0.9, 0.96, 0.97, 0.995])
    law = fit_power_law(Curve(SIZES, values, covariance(0.01), 1.0))
    assert law.asymptote.value <= 1.0 and law.asymptote.high <= 1.0


@pytest.mark.parametrize(("asymptote", "amplitude", "rate"), [(0.9, 2, 0.6), (0.8, 4, 1.0)])
def test_its_intervals_cover(asymptote: float, amplitude: float, rate: float) -> None:
    spread, distance = covariance(0.008), 0.02
    drawn = np.random.default_rng(0).multivariate_normal(
        asymptote - amplitude * SIZES**-rate, spread, 200
    )
    wanted, covered = (amplitude / distance) ** (1 / rate), []
    for values in drawn:
        try:
            law = fit_power_law(Curve(SIZES, values, spread, 1.0))
        except NoPowerLawError:
            continue
        both = (law.asymptote, asymptote), (law.n_within(distance), wanted)
        covered.append([one.low <= value <= one.high for one, value in both])
    assert len(covered) > 190
    assert (np.mean(covered, axis=0) > 0.91).all()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([0.7, 0.7, 0.71, 0.7, 0.7], "does not get better"),
        ([0.9, 0.85, 0.8, 0.75, 0.7], "does not get better"),
        ([0.5, 0.9, 0.6, 0.9, 0.9], "does not fit"),
        ([0.5, 0.55, 0.6, 0.6161, 0.666], "does not begin to level off"),
        ([0.5, 0.885, 0.9, 0.9, 0.9], "levels off before its second size"),
    ],
)
def test_where_the_scores_do_not_tell_it_says_why(values: list[float], why: str) -> None:
    with pytest.raises(NoPowerLawError, match=why):
        fit_power_law(Curve(SIZES, np.array(values), covariance(0.008, 0.2), 1.0))


def test_it_needs_a_size_more_than_it_has_parameters() -> None:
    curve = Curve(SIZES[:3], np.array([0.6, 0.7, 0.75]), 1e-4 * np.eye(3), 1.0)
    with pytest.raises(NoPowerLawError, match="needs scores at 4 sizes, here 3"):
        fit_power_law(curve)
    without = Curve(SIZES, 0.9 - SIZES**-0.5, np.zeros((5, 5)), 1.0)
    with pytest.raises(NoPowerLawError, match="no intervals"):
        fit_power_law(without)
