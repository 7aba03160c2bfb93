"""The distance of a class along a direction, and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from probing.interventions.means import mean_of
from probing.interventions.separation import separation_of


def cohen(x: np.ndarray, inside: np.ndarray) -> float:
    ones, zeros = x[inside], x[~inside]
    pooled = (ones.var() * len(ones) + zeros.var() * len(zeros)) / (len(x) - 2)
    return float((ones.mean() - zeros.mean()) / np.sqrt(pooled))


def test_it_is_cohens_d_with_the_interval_of_a_jackknife() -> None:
    rng = np.random.default_rng(0)
    inside = np.arange(400) % 3 == 0
    x = rng.standard_normal(400) + 1.5 * inside
    found = separation_of(x, inside, np.arange(400))
    assert found is not None
    assert found.value == pytest.approx(cohen(x, inside), abs=1e-12)
    without = np.array([cohen(np.delete(x, at), np.delete(inside, at)) for at in range(400)])
    error = np.sqrt(399 / 400 * ((without - without.mean()) ** 2).sum())
    assert found.high - found.value == pytest.approx(1.966 * error, rel=0.02)
    assert (found.n, found.n_groups) == (400, 400)


def test_what_no_fold_held_out_does_not_count_and_groups_count_once() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, np.nan])
    inside = np.array([False, False, True, True, True])
    found = separation_of(x, inside, np.arange(5))
    assert found is not None and found.n == 4
    assert found.value == pytest.approx(cohen(x[:4], inside[:4]))
    twice = separation_of(np.tile(x[:4], 8), np.tile(inside[:4], 8), np.repeat(np.arange(8), 4))
    assert twice is not None and twice.n_groups == 8
    assert separation_of(x, np.ones(5, dtype=bool), np.arange(5)) is None
    assert separation_of(np.ones(5), inside, np.arange(5)) is None
    assert mean_of([1.0, 3.0], [0, 1]).value == 2.0
