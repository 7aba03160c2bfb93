"""What the training texts add to a score that is tested elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from probing.intervals import t_quantile
from probing.uncertainty import Joint, Measured, apart, differences, with_training_parts

SCORES = np.array([0.7, 0.8, 0.75, 0.65])


def score(value: float, sums: np.ndarray) -> Measured:
    return Measured(value, float((sums**2).sum()), 20.0, value, 1.0, len(sums), sums)


def test_it_is_the_jackknife_over_the_parts() -> None:
    given = score(0.725, np.full(25, 0.01))
    found = with_training_parts(given, SCORES, left_out=3.0)
    jackknife = 3 / 4 * ((SCORES - SCORES.mean()) ** 2).sum()
    assert found.variance == pytest.approx(given.variance + jackknife)
    expected = found.variance**2 / (given.variance**2 / 20 + jackknife**2 / 3)
    assert found.df == pytest.approx(expected)
    assert (found.trained**2).sum() == pytest.approx(jackknife)
    still = with_training_parts(given, np.full(4, 0.7), left_out=3.0)
    assert (still.variance, still.df) == (pytest.approx(given.variance), pytest.approx(20))


def test_it_cancels_between_cells_of_the_same_training_parts() -> None:
    given = score(0.725, np.full(25, 0.01))
    one = with_training_parts(given, SCORES, left_out=3.0)
    other = with_training_parts(score(0.7, np.zeros(25)), SCORES - 0.025, left_out=3.0)
    (same,) = differences(*[[each] for each in apart(one, other, are_shared=True)])
    (apart_,) = differences(*[[each] for each in apart(one, other, are_shared=False)])
    own = float((one.trained**2).sum())
    quantile = t_quantile(0.975, int(min(one.df, other.df)))
    assert same.high - same.low == pytest.approx(2 * quantile * np.sqrt(given.variance))
    share = (apart_.high - apart_.low) / (same.high - same.low)
    assert share == pytest.approx(np.sqrt((given.variance + 2 * own) / given.variance))
    (alone,) = differences(*[[each] for each in apart(one, given, are_shared=False)])
    assert alone.high - alone.low == pytest.approx(
        2 * t_quantile(0.975, int(one.df)) * np.sqrt(own)
    )


def test_bands_draw_the_training_parts_too() -> None:
    given = score(0.725, np.full(25, 0.01))
    scores = [with_training_parts(given, SCORES * factor, left_out=3.0) for factor in (1, 1.1)]
    joint = Joint(scores)
    np.testing.assert_allclose(joint.draws.std(axis=0), joint.errors, rtol=0.05)
