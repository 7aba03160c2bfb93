"""Metrics of all folds together: against scikit-learn, and against what the folds' means miss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from probing.engine.metrics import FoldMetrics, fold_metrics, pooled_parts
from probing.intervals import summarise
from probing.metric_names import POOLED

RNG = np.random.default_rng(17)
K = 5


def cut(task: str, targets: Any, scores: Any, n_folds: int = K, **more: Any) -> list[FoldMetrics]:
    """The metrics of every k-th sample, k times."""
    parts = [slice(at, None, n_folds) for at in range(n_folds)]
    return [
        fold_metrics(
            task,
            targets[part],
            scores[part],
            n_classes=more.get("n_classes", 2),
            decision=None if more.get("decision") is None else more["decision"][part],
            probabilities=None if more.get("chances") is None else more["chances"][part],
        )
        for part in parts
    ]


def pooled(folds: list[FoldMetrics]) -> dict[str, float]:
    parts = pooled_parts([one.predicted for one in folds])
    return {name: float(np.nanmean(every)) for name, every in parts.items()}


def binary(n: int = 203) -> tuple[Any, Any]:
    targets = (RNG.random(n) < 0.2).astype(np.int64)
    return targets, np.round(RNG.normal(size=n) + targets, 1)


def test_binary_pools_are_those_of_sklearn() -> None:
    targets, scores = binary()
    decided = (scores > 0.5).astype(np.int64)
    got = pooled(cut("binary", targets, scores, decision=decided))
    assert got["f1"] == pytest.approx(sk.f1_score(targets, decided))
    assert got["precision"] == pytest.approx(sk.precision_score(targets, decided))
    assert got["recall"] == pytest.approx(sk.recall_score(targets, decided))
    assert got["average_precision"] == pytest.approx(sk.average_precision_score(targets, scores))
    assert "ece" not in got and "auroc" not in got and "accuracy" not in got


def test_multiclass_pools_are_those_of_sklearn() -> None:
    targets = RNG.integers(0, 4, 240)
    scores = RNG.normal(size=(240, 4)) + np.eye(4)[targets]
    got = pooled(cut("multiclass", targets, scores, n_classes=4))
    decided = scores.argmax(axis=1)
    assert got["f1"] == pytest.approx(sk.f1_score(targets, decided, average="macro"))
    assert got["precision"] == pytest.approx(sk.precision_score(targets, decided, average="macro"))
    wanted = sk.average_precision_score(np.eye(4)[targets], scores, average="macro")
    assert got["average_precision"] == pytest.approx(wanted)


def test_regression_pools_r2_alone() -> None:
    targets = RNG.normal(size=83)
    scores = targets + RNG.normal(size=83)
    assert pooled(cut("regression", targets, scores)) == pytest.approx(
        {"r2": sk.r2_score(targets, scores)}
    )


def test_parts_are_the_pseudo_values_of_the_jackknife() -> None:
    """Of a mean over texts they would be the folds' means; of a ratio they come from it alone."""
    targets, scores = binary()
    decided = (scores > 0.5).astype(np.int64)
    folds = cut("binary", targets, scores, decision=decided)
    parts = np.array(pooled_parts([one.predicted for one in folds])["f1"])
    whole = sk.f1_score(targets, decided)
    pseudo = []
    for at in range(K):
        left = np.arange(len(targets)) % K != at
        times = len(targets) / (~left).sum()
        without = sk.f1_score(targets[left], decided[left])
        pseudo.append(times * whole - (times - 1) * without)
    assert parts == pytest.approx(np.array(pseudo) - np.mean(pseudo) + whole)


def test_folds_of_one_class_count_and_a_fold_without_scores_does_not() -> None:
    targets = np.r_[np.zeros(20, int), np.tile([0, 1], 20)]
    scores = RNG.normal(size=60) + targets
    spans = [slice(0, 20), slice(20, 40), slice(40, 60)]
    made = [fold_metrics("binary", targets[one], scores[one]) for one in spans]
    parts = pooled_parts([one.predicted for one in made])["average_precision"]
    assert math.isnan(made[0].values["average_precision"])
    assert np.mean(parts) == pytest.approx(sk.average_precision_score(targets, scores))
    broken = fold_metrics("binary", targets[20:40], np.full(20, np.nan))
    parts = pooled_parts([broken.predicted, *(one.predicted for one in made[1:])])["f1"]
    assert math.isnan(parts[0]) and np.isfinite(parts[1:]).all()


def test_where_no_fold_can_be_left_out_the_value_stands_alone() -> None:
    targets = np.r_[np.zeros(20, int), np.ones(1, int), np.zeros(19, int)]
    made = [fold_metrics("binary", targets[one], RNG.normal(size=20))
            for one in (slice(0, 20), slice(20, 40))]  # fmt: skip
    parts = pooled_parts([one.predicted for one in made])
    first, second = parts["average_precision"]
    assert 0 < first <= 1 and math.isnan(second)
    one_class = [fold_metrics("binary", np.zeros(9, int), RNG.normal(size=9)) for _ in range(2)]
    assert "f1" not in pooled_parts([one.predicted for one in one_class])


def averages(name: str, make: Any, n: int) -> tuple[float, float]:
    """Mean over folds and pooled value of a metric, each the mean of `n` draws."""
    draws = [make() for _ in range(n)]
    means = [np.nanmean([one.values[name] for one in folds]) for folds in draws]
    return float(np.mean(means)), float(np.mean([pooled(folds)[name] for folds in draws]))


def test_calibrated_scores_of_small_folds_are_nearly_calibrated() -> None:
    def make() -> list[FoldMetrics]:
        chances = RNG.uniform(0.02, 0.98, 600)
        targets = (RNG.random(600) < chances).astype(np.int64)
        return cut("binary", targets, np.log(chances / (1 - chances)), 30, chances=chances)

    by_fold, together = averages("ece", make, 20)
    assert by_fold > 0.17 and together < 0.05


def test_average_precision_of_random_scores_is_near_the_share_of_positives() -> None:
    def make() -> list[FoldMetrics]:
        targets = (np.arange(1000) // 50 % 20 == 0).astype(np.int64)
        return cut("binary", targets, RNG.normal(size=1000), 50)

    by_fold, together = averages("average_precision", make, 20)
    assert by_fold > 0.15 and together == pytest.approx(0.05, abs=0.02)


def test_r2_of_tiny_folds_is_that_of_all_texts() -> None:
    def make() -> list[FoldMetrics]:
        targets = RNG.normal(size=60)
        return cut("regression", targets, targets + RNG.normal(size=60) * 0.8, 20)

    by_fold, together = averages("r2", make, 30)
    assert by_fold < 0.0 and together == pytest.approx(1 - 0.64, abs=0.08)


def test_the_interval_of_a_pooled_value_holds_it_and_covers() -> None:
    """A fifth is positive and decisions are right with chance 0.8: F1 is 0.32 / (0.32 + 0.2)."""
    held, wanted = [], 0.32 / (0.32 + 0.2)
    for _ in range(100):
        targets = (np.arange(400) % 5 == 0).astype(np.int64)[RNG.permutation(400)]
        decided = np.where(RNG.random(400) < 0.8, targets, 1 - targets)
        folds = cut("binary", targets, decided.astype(float), 10, decision=decided)
        parts = pooled_parts([one.predicted for one in folds])["f1"]
        got = summarise(parts, n_train=360, n_test=40, metric="f1")
        assert got.low is not None and got.high is not None and got.low < got.mean < got.high
        held.append(got.low < wanted < got.high)
    assert np.mean(held) >= 0.93


def test_which_metrics_are_pooled() -> None:
    assert POOLED == (
        "f1", "average_precision", "precision", "recall", "ece", "f1_tuned",
        "recall_at_1_fpr", "recall_at_5_fpr", "fpr_at_95_tpr", "r2",
    )  # fmt: skip
