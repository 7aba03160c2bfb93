"""Means of what prompts gave under steering, with intervals by their groups."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from probing.interventions.conditions import Condition, conditions_of, vectors_of
from probing.interventions.directions import Direction, random_units
from probing.interventions.means import mean_of
from probing.interventions.requests import Steer, digest, read, record
from probing.interventions.steered_rows import Steered

ASKED = Steer("p", ("a", "b", "c"), (0, 1, 2), (-1.0, 0.0, 1.0), (1,), ("x", "y"), 2, 1, 0)


def test_an_interval_is_students_over_groups() -> None:
    values = np.random.default_rng(0).normal(size=12)
    mean = mean_of(values, range(12))
    assert mean is not None
    low, high = stats.t.interval(0.95, 11, values.mean(), values.std(ddof=1) / 12**0.5)
    assert (mean.low, mean.high) == pytest.approx((low, high))
    pairs = mean_of(values, np.arange(12) // 2)
    assert pairs is not None
    sums = values.reshape(6, 2).sum(1)
    error = (6 * ((sums - sums.mean()) ** 2).sum() / 5) ** 0.5 / 12
    assert pairs.high == pytest.approx(values.mean() + stats.t.ppf(0.975, 5) * error)
    assert mean_of(values, [0] * 12) is not None and mean_of(values, [0] * 12).low is None  # type: ignore[union-attr]
    assert mean_of([np.nan], [0]) is None


def test_conditions_are_the_probe_at_each_scale_and_random_directions_of_its_length() -> None:
    conditions = conditions_of(ASKED)
    assert conditions[:3] == [Condition("", 0, 1, at) for at in (0.0, -1.0, 1.0)]
    assert conditions[3:] == [Condition("random", 0, 1, at) for at in (-1.0, 1.0)]
    probe = Direction("p", "resid", 1, np.array([3.0, 4.0]), 0.0, 2.0)
    vectors = vectors_of(conditions, probe, {"random": random_units(1, 2, 0)})
    np.testing.assert_allclose(vectors[:3], [[0, 0], [-1.2, -1.6], [1.2, 1.6]])
    np.testing.assert_allclose(np.linalg.norm(vectors[3:], axis=1), 2)


def test_rows_are_changes_from_no_steering() -> None:
    done = {
        str(at): {
            "log_odds": [1.0, 0.0, 3.0 + at, 1.0, 1.0],
            "kl": [0.0, 0.1, 0.2, 0.0, 0.0],
            "score": [[0.0, 1.0], [-2.0, 0.0], [2.0, 1.5], [0.0, 1.0], [0.0, 1.0]],
            "loss": [2.0, 4.0, 6.0, 2.0, 2.0],
            "n_tokens": [2, 2, 2 * (at < 2), 2, 2],
            "text": ["s"] * 5,
        }
        for at in range(3)
    }
    steered = Steered(ASKED, done, {"probe": "p", "model": "m", "site": "resid"}, 1)
    rows = steered.rows()

    def row(measure: str, scale: float, read_layer: int | None = None) -> dict[str, object]:
        own = rows.filter(
            pl.col("measure") == measure,
            pl.col("scale") == scale,
            pl.col("control") == "",
            pl.col("read_layer").eq_missing(read_layer),
        )
        return own.row(0, named=True)

    changed = row("log_odds_change", 1.0)
    assert (changed["value"], changed["n"], changed["n_groups"]) == (3.0, 3, 3)
    assert changed["high"] == pytest.approx(3 + stats.t.ppf(0.975, 2) / 3**0.5)
    assert row("log_odds", 0.0)["value"] == 1.0
    assert row("log_odds_change", 0.0)["value"] == 0.0
    assert row("score_change", -1.0, 1)["value"] == -2.0
    assert row("score_change", 1.0, 2)["value"] == 0.5
    assert row("perplexity", -1.0)["value"] == pytest.approx(np.exp(2))
    assert row("perplexity", 1.0)["n"] == 2  # one prompt gave no token
    assert steered.texts()["perplexity"].null_count() == 1
    part = Steered(ASKED, {"1": done["1"]}, {}, 1).rows()
    assert part["n"].max() == 1


def test_a_request_is_read_as_it_was_written() -> None:
    assert read(record(ASKED)) == ASKED
    assert digest(ASKED) != digest(ASKED, "other weights")
