"""Recall at a fixed rate of false alarms: against plain loops, the ROC curve, and simulation."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from probing.engine.metrics import Predicted, fold_metrics, influences, pooled_parts
from probing.metric_names import METRICS
from probing.uncertainty import TextsTested, bins_of, interval, measured

RATES = {"recall_at_1_fpr": 0.01, "recall_at_5_fpr": 0.05}


def drawn(n_negative: int, n_positive: int, seed: int, shift: float = 1.5) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    targets = np.repeat([0, 1], [n_negative, n_positive])
    return targets, rng.standard_normal(len(targets)) + shift * targets


def by_hand(targets: Any, scores: Any, rate: float) -> float:
    """Recall above the h-th highest negative, h = t·(n + 1), between two of them."""
    negatives = np.sort(scores[targets == 0])[::-1]
    recalls = [float((scores[targets == 1] > one).mean()) for one in negatives]
    at = rate * (len(negatives) + 1)
    return float(np.interp(at, np.arange(1, len(negatives) + 1), recalls))


@pytest.mark.parametrize(("metric", "rate"), RATES.items())
def test_the_threshold_lies_at_a_rank_of_the_negatives(metric: str, rate: float) -> None:
    for seed, n_negative in enumerate((99, 137, 400, 1001)):
        targets, scores = drawn(n_negative, 83, seed)
        got = fold_metrics("binary", targets, scores).values
        assert got[metric] == pytest.approx(by_hand(targets, scores, rate), abs=1e-12)
        misses = by_hand(1 - targets, -scores, 0.05)
        assert got["fpr_at_95_tpr"] == pytest.approx(1 - misses, abs=1e-12)


@pytest.mark.parametrize("step", [0.05, 0.5])
def test_ties_are_passed_in_part_as_on_the_roc_curve(step: float) -> None:
    """The mean height of the ROC curve over the width of one negative."""
    targets, scores = drawn(300, 200, 5)
    scores = np.round(scores / step) * step
    alarms, found, _ = sk.roc_curve(targets, scores, drop_intermediate=False)
    got = fold_metrics("binary", targets, scores).values
    for metric, rate in RATES.items():
        end = rate * 301 / 300
        at = np.linspace(end - 1 / 300, end, 200_001)
        assert got[metric] == pytest.approx(np.interp(at, alarms, found).mean(), abs=1e-5)


def test_of_many_texts_it_is_the_height_of_the_roc_curve() -> None:
    targets, scores = drawn(40_000, 40_000, 1)
    alarms, found, _ = sk.roc_curve(targets, scores)
    got = fold_metrics("binary", targets, scores).values
    for metric, rate in RATES.items():
        assert got[metric] == pytest.approx(np.interp(rate, alarms, found), abs=1e-3)
    assert got["fpr_at_95_tpr"] == pytest.approx(np.interp(0.95, found, alarms), abs=1e-3)


def test_new_texts_pass_the_threshold_at_its_rate() -> None:
    """Where both classes are alike, as many positives pass as new negatives would."""
    found = []
    for seed in range(1000):
        targets, scores = drawn(99, 400, seed, shift=0.0)
        found.append(fold_metrics("binary", targets, scores).values["recall_at_1_fpr"])
    assert np.mean(found) == pytest.approx(0.01, abs=0.001)


def test_too_few_texts_set_no_threshold() -> None:
    targets, scores = drawn(98, 18, 0)
    got = fold_metrics("binary", targets, scores)
    assert np.isfinite(got.values["recall_at_5_fpr"])
    for metric in ("recall_at_1_fpr", "fpr_at_95_tpr"):
        assert np.isnan(got.values[metric])
        assert got.reasons[metric] == "too few test samples to set a threshold on"
    many = fold_metrics("multiclass", np.arange(9) % 3, np.eye(3)[np.arange(9) % 3], n_classes=3)
    assert many.reasons["fpr_at_95_tpr"] == "operating points are for binary tasks"


def test_folds_that_are_too_small_by_themselves_are_pooled() -> None:
    targets, scores = drawn(300, 300, 2)
    parts = [slice(at, None, 10) for at in range(10)]
    folds = [fold_metrics("binary", targets[one], scores[one]) for one in parts]
    assert all(np.isnan(one.values["recall_at_1_fpr"]) for one in folds)
    pooled = pooled_parts([one.predicted for one in folds])["recall_at_1_fpr"]
    assert np.mean(pooled) == pytest.approx(by_hand(targets, scores, 0.01))


def told(targets: Any, scores: Any, metric: str) -> tuple[float, float, Any]:
    found, _ = influences([Predicted("binary", 2, targets, scores)])
    texts = np.arange(len(targets))
    score = measured(found[metric], TextsTested(texts, texts, texts, 1, 1e12, 0.0))
    return score.value, score.variance, found[metric].of_samples


def test_what_one_text_decides_has_no_interval() -> None:
    targets, scores = drawn(150, 150, 0)
    found, _ = influences([Predicted("binary", 2, targets, scores)])
    assert found["recall_at_1_fpr"].constant == "one test sample sets its threshold"
    assert not found["recall_at_5_fpr"].constant


@pytest.mark.parametrize(("shift", "groups"), [(1.0, 1000), (3.0, 1000), (2.0, 100)])
def test_intervals_cover_what_is_true(shift: float, groups: int) -> None:
    """Texts of a group share half of their noise; of 1,000 groups, each is a text."""
    negatives, positives = stats.norm(0), stats.norm(shift)
    true = {
        "recall_at_1_fpr": positives.sf(negatives.ppf(0.99)),
        "recall_at_5_fpr": positives.sf(negatives.ppf(0.95)),
        "fpr_at_95_tpr": negatives.sf(positives.ppf(0.05)),
    }
    held: dict[str, list[bool]] = {name: [] for name in true}
    where = np.arange(1000) * groups // 1000
    for seed in range(300):
        rng = np.random.default_rng(seed)
        targets = rng.permutation(np.arange(1000) % 2)
        noise = (rng.standard_normal(1000) + rng.standard_normal(groups)[where]) / np.sqrt(2)
        found, _ = influences([Predicted("binary", 2, targets, noise + shift * targets)])
        for name, wanted in true.items():
            texts = TextsTested(np.arange(1000), where, bins_of(where), 1, 1e12, 0.0)
            low, high = interval(name, measured(found[name], texts))
            held[name].append(low <= wanted <= high)
    for name, every in held.items():
        assert np.mean(every) > 0.89, name


@cache
def many_draws(size: tuple[int, int]) -> list[dict[str, Any]]:
    """The value and the variance of every metric, of many draws."""
    draws = []
    for seed in range(400):
        targets, scores = drawn(*size, seed)
        found, _ = influences([Predicted("binary", 2, targets, scores)])
        texts = np.arange(len(targets))
        tested = TextsTested(texts, texts, texts, 1, 1e12, 0.0)
        each = {name: measured(found[name], tested) for name in (*RATES, "fpr_at_95_tpr")}
        draws.append({name: (one.value, one.variance) for name, one in each.items()})
    return draws


@pytest.mark.parametrize("metric", [*RATES, "fpr_at_95_tpr"])
@pytest.mark.parametrize("size", [(300, 300), (2000, 500)])
def test_the_variance_is_that_of_new_draws(metric: str, size: tuple[int, int]) -> None:
    draws = [one[metric] for one in many_draws(size)]
    values, variances = (np.array(part) for part in zip(*draws, strict=True))
    assert np.mean(variances) == pytest.approx(values.var(), rel=0.3)


@pytest.mark.parametrize("metric", [*RATES, "fpr_at_95_tpr"])
def test_influences_of_many_texts_are_those_of_the_densities(metric: str) -> None:
    """A positive by itself; a negative by the ratio of the densities at the threshold."""
    n = 50_000
    targets, scores = drawn(n, n, 3)
    value, _, moved = told(targets, scores, metric)
    sign = 1.0
    if metric == "fpr_at_95_tpr":
        targets, scores, sign, value = 1 - targets, -scores, -1.0, 1 - value
    rate = RATES.get(metric, 0.05)
    at = np.quantile(scores[targets == 0], 1 - rate)
    away = stats.norm(0 if sign > 0 else -1.5), stats.norm(1.5 if sign > 0 else 0)
    ratio = away[1].pdf(at) / away[0].pdf(at)
    above = scores > at
    expected = np.where(targets == 1, above - value, -ratio * (above - rate)) / n
    for label, tolerance in ((1, 0.01), (0, 0.3)):
        rows = targets == label
        off = np.abs(sign * moved[rows] - expected[rows]).mean()
        assert off < tolerance * np.abs(expected[rows]).mean()


def test_they_are_named_after_what_they_fix() -> None:
    names = list(METRICS)
    at = names.index("f1_tuned")
    assert names[at + 1 : at + 4] == ["recall_at_1_fpr", "recall_at_5_fpr", "fpr_at_95_tpr"]
    assert [METRICS[one].chance_of("binary") for one in names[at + 1 : at + 4]] == [
        0.01,
        0.05,
        0.95,
    ]
    assert all(a != b for a, b in pairwise(names))
