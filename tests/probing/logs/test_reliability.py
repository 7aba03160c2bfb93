"""Reliability tables: against plain counts, and the calibration error that they come to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from probing.uncertainty import share_bounds


def test_of_single_texts_it_is_wilsons_interval() -> None:
    for n_hits in (0, 1, 7, 20, 40):
        hits = np.arange(40) < n_hits
        told = stats.binomtest(n_hits, 40).proportion_ci(method="wilson")
        got = share_bounds(hits, np.arange(40))
        assert got == pytest.approx((told.low, told.high), abs=1e-9)


def test_texts_that_fail_together_count_as_one() -> None:
    once = np.arange(30) % 3 > 0
    got = share_bounds(once.repeat(10), np.arange(30).repeat(10))
    told = stats.binomtest(20, 30).proportion_ci(method="wilson")
    assert got == pytest.approx((told.low, told.high), abs=0.01)
    low, _ = share_bounds(np.ones(300, dtype=bool), np.arange(30).repeat(10))
    assert low == pytest.approx(stats.binomtest(30, 30).proportion_ci(method="wilson").low)


def test_one_group_tells_next_to_nothing() -> None:
    low, high = share_bounds(np.arange(50) % 5 > 0, np.zeros(50, dtype=int))
    assert low < 0.2 and high > 0.95


def test_intervals_cover_where_groups_share_their_fate() -> None:
    held = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        group = np.arange(300) // 5
        chances = np.clip(rng.normal(0.8, 0.15, 60), 0, 1)
        hits = rng.random(300) < chances[group]
        low, high = share_bounds(hits, group)
        held.append(low < np.clip(rng.normal(0.8, 0.15, 100_000), 0, 1).mean() < high)
    assert np.mean(held) > 0.92


def table(n: int = 3000) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    chances = rng.random(n)
    truth = np.where(rng.random(n) < chances, "yes", "no")
    said = np.where(chances > 0.5, "yes", "no")
    return pl.DataFrame(
        {"probability": chances, "target": truth, "prediction": said, "group": np.arange(n)}
    )


def test_bins_are_those_of_a_plain_loop() -> None:
    from probing.logs.details.reliability import reliability_bins

    frame = table()
    rows = {round(row[0] * 15): row for row in reliability_bins(frame, "yes")}
    assert set(rows) == set(range(7, 15))
    for at, (low, high, n, confidence, accuracy, *ends) in rows.items():
        here = [
            (max(p, 1 - p), (p > 0.5) == (target == "yes"))
            for p, target in frame.select("probability", "target").iter_rows()
            if at / 15 < max(p, 1 - p) <= (at + 1) / 15
        ]
        assert (low, high, n) == (at / 15, (at + 1) / 15, len(here))
        assert confidence == pytest.approx(np.mean([one for one, _ in here]))
        assert accuracy == pytest.approx(np.mean([right for _, right in here]))
        assert ends[0] < accuracy < ends[1]
