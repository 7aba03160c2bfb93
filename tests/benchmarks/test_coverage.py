"""The simulated data, and what the coverage tables count."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coverage import report
from benchmarks.coverage.settings import BANDS, INTERVALS, NOISE
from benchmarks.coverage.simulated import Setting, draw


def test_a_seed_gives_the_same_data_and_another_gives_other_data() -> None:
    setting = Setting(60, 4, 1.0, groups=12, pure=True)
    first, again, other = draw(setting, 0), draw(setting, 0), draw(setting, 1)
    assert np.array_equal(first.features, again.features)
    assert not np.array_equal(first.features, other.features)
    for group in range(12):
        assert len(set(first.targets[first.groups == group])) == 1


def test_a_rare_class_is_drawn_and_two_equal_ones_are_not() -> None:
    rare = [
        int(draw(Setting(400, 1, 1.0, positive=0.05), seed).targets.sum()) for seed in range(50)
    ]
    assert len(set(rare)) > 5 and 15 < np.mean(rare) < 25
    assert {int(draw(Setting(60, 1, 1.0), seed).targets.sum()) for seed in range(5)} == {30}


def test_titles_tell_all_settings_of_a_table_apart() -> None:
    for settings in (INTERVALS, BANDS, NOISE):
        keys = {(one.title, one.strength) for one in settings}
        assert len(keys) == len(settings)


@pytest.mark.parametrize("at", [0, len(INTERVALS) - 7])
def test_an_interval_holds_the_score_that_it_is_of(at: int) -> None:
    for value, low, high, fold_low, fold_high in report._intervals(INTERVALS[at], 0):
        assert low <= value <= high and fold_low <= value <= fold_high


def test_bands_hold_intervals_and_claims_are_told_for_the_best_and_the_chosen() -> None:
    setting = Setting(60, 5, 1.0, n_layers=3)
    rows = report._together(setting, 0)
    assert rows.shape == (len(report.METRICS["binary"]), 7, 3)
    _, low, high, band_low, band_high, best, p = np.moveaxis(rows, 1, 0)
    assert (band_low <= low).all() and (high <= band_high).all()
    assert best.any(axis=1).all() and ((p >= 0) & (p <= 1)).all()
    p_best, excludes, p_chosen = report._claims(setting, 0)
    assert 0 < p_best <= 1 and excludes in (0, 1) and 0 < p_chosen <= 1
