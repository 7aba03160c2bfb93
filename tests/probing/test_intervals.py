"""Intervals over folds: the t quantile, the correction for shared training data, clipping."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from probing.intervals import summarise, t_quantile
from probing.metric_names import METRICS, metrics_of


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 10, 49, 100, 999])
@pytest.mark.parametrize("probability", [0.5, 0.75, 0.9, 0.975, 0.995])
def test_t_quantiles_are_those_of_scipy(probability: float, degrees: int) -> None:
    expected = stats.t.ppf(probability, degrees)
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0.3, 4), (1.0, 4), (0.9, 0)])
def test_t_quantile_refuses_what_it_cannot_tell(probability: float, degrees: int) -> None:
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(probability, degrees)


def test_one_permutation_gets_the_corrected_resampled_t() -> None:
    values = [0.71, 0.78, 0.74, 0.69, 0.75]
    got = summarise(values, n_train=720, n_test=200)
    half = stats.t.ppf(0.975, 4) * np.std(values, ddof=1) * math.sqrt(1 / 5 + 200 / 720)
    assert got.mean == pytest.approx(np.mean(values))
    assert got.std == pytest.approx(np.std(values, ddof=1))
    assert got.low == pytest.approx(np.mean(values) - half)
    assert got.high == pytest.approx(np.mean(values) + half)


def test_several_permutations_get_the_t_interval_of_their_means() -> None:
    values = np.array([[0.5, 0.52], [0.48, 0.5], [0.55, 0.51]])
    got = summarise(values.ravel().tolist(), n_train=80, n_test=20, permutations=[0, 0, 1, 1, 2, 2])
    low, high = stats.t.interval(0.95, 2, values.mean(), stats.sem(values.mean(axis=1)))
    assert (got.mean, got.low, got.high) == pytest.approx((values.mean(), low, high))


def test_the_order_of_folds_does_not_matter() -> None:
    first = summarise([0.1, 0.4, 0.2, 0.7], n_train=9, n_test=3, permutations=[0, 1, 0, 1])
    second = summarise([0.7, 0.2, 0.4, 0.1], n_train=9, n_test=3, permutations=[1, 0, 1, 0])
    assert first == second


def test_bounds_are_clipped_to_those_of_the_metric() -> None:
    values = [0.97, 1.0, 0.9]
    assert summarise(values, n_train=80, n_test=20, metric="accuracy").high == 1.0
    assert summarise(values, n_train=80, n_test=20).high > 1.0
    assert summarise([-0.2, 0.3], n_train=8, n_test=2, metric="r2").low < -1


def test_a_single_fold_has_no_interval() -> None:
    got = summarise([0.8], n_train=80, n_test=20, metric="accuracy")
    assert (got.mean, got.std, got.low, got.high) == (0.8, None, None, None)


def test_shared_training_data_widens_the_interval() -> None:
    shared = summarise([0.5, 0.6, 0.55], n_train=20, n_test=10)
    plain = summarise([0.5, 0.6, 0.55], n_train=10**9, n_test=10)
    assert shared.high - shared.low > 1.5 * (plain.high - plain.low)


def test_metrics_of_a_task_keep_the_order_of_the_columns() -> None:
    assert metrics_of("multiclass") == metrics_of("binary")
    assert (*metrics_of("binary"), *metrics_of("regression")) == tuple(METRICS)


def test_chance_is_one_over_the_classes_where_that_holds() -> None:
    assert METRICS["balanced_accuracy"].chance_of("multiclass", 4) == 0.25
    assert METRICS["balanced_accuracy"].chance_of("multiclass") is None
    assert METRICS["auroc"].chance_of("multiclass", 4) == 0.5
    assert METRICS["accuracy"].chance_of("binary", 2) is None


def test_the_first_floor_needs_no_numbers_library() -> None:
    code = "import sys, probing.intervals; print({'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
