"""Means, shares and R² over held-out texts, with what the training texts add."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probing.interventions.means import (
    Training,
    explained_change,
    explained_of,
    mean_of,
    share_of,
)
from probing.uncertainty import share_bounds

GROUPS = list(range(60))
FITTED = Training(5, 48.0, 1.0)


def test_training_texts_widen_an_interval_by_their_number_and_the_optimism() -> None:
    values = np.sin(GROUPS)
    given, trained = mean_of(values, GROUPS), mean_of(values, GROUPS, FITTED)
    assert given is not None and trained is not None and given.low is not None
    wider = (trained.value - (trained.low or 0)) / (given.value - given.low)
    assert wider == pytest.approx(math.sqrt(1 + 60 / 48), rel=0.01)  # Nadeau and Bengio
    none = mean_of(values, GROUPS, Training(5, 48.0, 0.0))
    assert none is not None and none.low == pytest.approx(given.low, rel=0.01)


def test_shares_stay_inside_their_bounds_and_without_fits_are_wilsons() -> None:
    hits = [1] * 57 + [0] * 3
    plain = share_of(hits, GROUPS)
    bounds = share_bounds(np.array(hits, dtype=bool), np.array(GROUPS))
    assert (plain.low, plain.high) == bounds
    wide = share_of(hits, GROUPS, FITTED)
    assert wide.low is not None and wide.high is not None and plain.low is not None
    assert wide.low < plain.low < 0.95 < wide.high < 1


def test_r2_is_that_of_all_texts_and_a_change_is_of_the_same_ones() -> None:
    rng = np.random.default_rng(0)
    targets = rng.standard_normal(60)
    near, far = targets + 0.3 * rng.standard_normal(60), np.full(60, targets.mean())
    found = explained_of(near, targets, GROUPS, FITTED)
    assert found is not None and found.low is not None and found.high is not None
    whole = ((targets - targets.mean()) ** 2).sum()
    assert found.value == pytest.approx(1 - ((near - targets) ** 2).sum() / whole)
    assert found.low < found.value < found.high < 1
    change = explained_change(far, near, targets, GROUPS, FITTED)
    assert change is not None and change.value == pytest.approx(-found.value)
    assert change.high is not None and change.high < 0
    assert explained_of(near, [1.0] * 60, GROUPS, FITTED) is None
