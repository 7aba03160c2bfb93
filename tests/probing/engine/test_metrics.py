"""Metrics of a fold, against scikit-learn and SciPy; thresholds; the evaluator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from probing.engine.metrics import (
    FoldMetrics,
    best_thresholds,
    evaluator,
    fold_metrics,
)
from probing.engine.metrics.fold_metrics import weighted_values
from probing.metric_names import fold_metrics_of

RNG = np.random.default_rng(3)


def coarse(values: Any) -> Any:
    """Values with many ties."""
    return np.round(values, 1)


def binary(n: int = 200) -> tuple[Any, Any]:
    targets = RNG.integers(0, 2, n)
    return targets, coarse(RNG.normal(size=n) + targets)


def multiclass(n: int = 300, k: int = 4) -> tuple[Any, Any]:
    targets = np.concatenate([np.arange(k), RNG.integers(0, k, n - k)])
    logits = coarse(RNG.normal(size=(n, k)) + 1.5 * np.eye(k)[targets])
    return targets, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_binary_metrics_are_those_of_sklearn() -> None:
    targets, scores = binary(400)
    probabilities = 1 / (1 + np.exp(-scores))
    decision = (scores > 0.3).astype(np.int64)
    got = fold_metrics(
        "binary", targets, scores, decision=decision, probabilities=probabilities,
        held_out_targets=targets, held_out_scores=scores, trained_on=targets[:300],
    )  # fmt: skip
    expected = {
        "accuracy": sk.accuracy_score(targets, decision),
        "balanced_accuracy": sk.balanced_accuracy_score(targets, decision),
        "f1": sk.f1_score(targets, decision),
        "auroc": sk.roc_auc_score(targets, scores),
        "average_precision": sk.average_precision_score(targets, scores),
        "precision": sk.precision_score(targets, decision),
        "recall": sk.recall_score(targets, decision),
        "brier": sk.brier_score_loss(targets, probabilities),
    }
    assert {name: got.values[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    assert tuple(got.values) == fold_metrics_of("binary")
    assert not got.reasons and not got.flags


def test_multiclass_metrics_are_macro_averages() -> None:
    targets, scores = multiclass()
    decision = scores.argmax(axis=1)
    got = fold_metrics("multiclass", targets, scores, n_classes=4, probabilities=scores)
    hits = np.eye(4)[targets]
    expected = {
        "accuracy": sk.accuracy_score(targets, decision),
        "balanced_accuracy": sk.balanced_accuracy_score(targets, decision),
        "f1": sk.f1_score(targets, decision, average="macro"),
        "auroc": sk.roc_auc_score(targets, scores, multi_class="ovr", average="macro"),
        "average_precision": sk.average_precision_score(hits, scores, average="macro"),
        "precision": sk.precision_score(targets, decision, average="macro"),
        "recall": sk.recall_score(targets, decision, average="macro"),
        "brier": ((scores - hits) ** 2).sum(axis=1).mean(),
    }
    assert {name: got.values[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    assert math.isnan(got.values["accuracy_tuned"])
    assert got.reasons["f1_tuned"] == "thresholds are for binary tasks"


def test_regression_metrics_are_those_of_sklearn_and_scipy() -> None:
    targets = coarse(RNG.normal(size=150))
    scores = coarse(targets + RNG.normal(size=150))
    got = fold_metrics("regression", targets, scores).values
    expected = {
        "mse": sk.mean_squared_error(targets, scores),
        "mae": sk.mean_absolute_error(targets, scores),
        "r2": sk.r2_score(targets, scores),
        "pearson": stats.pearsonr(targets, scores)[0],
        "spearman": stats.spearmanr(targets, scores)[0],
    }
    assert got == pytest.approx(expected, abs=1e-12)


def test_calibration_error_bins_the_confidence() -> None:
    """Hand-made: two bins, one off by 0.2 for 3 of 4 samples, one by 0.1 for the fourth."""
    targets = np.array([1, 1, 0, 0])
    scores = np.array([0.9, 0.9, 0.9, 0.1 + 1e-9])
    got = fold_metrics("binary", targets, scores, probabilities=scores).values["ece"]
    by_hand = abs(2 / 3 - 0.9) * 3 / 4 + abs(1 - 0.9) / 4
    one_bin = abs((2 - 2.7) + (1 - 0.9)) / 4  # 0.9 and 0.9 - 1e-9 share the bin (13/15, 14/15]
    assert by_hand != pytest.approx(one_bin)
    assert got == pytest.approx(one_bin, abs=1e-6)
    apart = np.array([0.9, 0.9, 0.9, 0.3])
    split = fold_metrics("binary", targets, apart, probabilities=apart).values["ece"]
    assert split == pytest.approx(abs(2 / 3 - 0.9) * 3 / 4 + abs(1 - 0.7) / 4)


def test_perfect_probabilities_are_calibrated() -> None:
    targets = np.array([0, 1, 1, 0])
    shares = targets.astype(float)
    got = fold_metrics("binary", targets, shares, probabilities=shares).values
    assert got["ece"] == got["brier"] == 0
    assert got["auroc"] == got["average_precision"] == 1


def test_one_class_in_the_test_part_leaves_what_needs_two_undefined() -> None:
    targets = np.ones(5, dtype=np.int64)
    got = fold_metrics("binary", targets, np.arange(5.0), decision=targets)
    assert got.values["accuracy"] == 1
    for name in ("auroc", "f1", "balanced_accuracy", "average_precision"):
        assert math.isnan(got.values[name])
        assert got.reasons[name] == "the test part has only one class"
    assert got.reasons["brier"] == "the classifier gives no probabilities"


def test_a_constant_prediction_has_no_correlation_but_an_error() -> None:
    targets = np.arange(6.0)
    got = fold_metrics("regression", targets, np.full(6, 2.5))
    assert got.values["r2"] == pytest.approx(0)
    assert math.isnan(got.values["pearson"])
    assert got.reasons["spearman"] == "all predictions are the same"
    flat = fold_metrics("regression", np.ones(4), np.arange(4.0))
    assert flat.reasons["r2"] == "the targets of the test part are all the same"


def test_scores_that_are_not_finite_and_empty_parts_have_reasons() -> None:
    broken = fold_metrics("binary", np.array([0, 1]), np.array([0.0, np.nan]))
    assert set(broken.reasons.values()) == {"the scores are not finite"}
    empty = fold_metrics("regression", np.empty(0), np.empty(0))
    assert set(empty.reasons.values()) == {"the test part is empty"}


def test_a_constant_score_has_the_auroc_of_chance() -> None:
    targets = np.array([0, 1, 1, 0, 1])
    assert fold_metrics("binary", targets, np.zeros(5)).values["auroc"] == 0.5


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_best_threshold_is_the_best_of_all(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 25))
    scores = np.array(data.draw(st.lists(st.integers(-4, 4), min_size=n, max_size=n)), dtype=float)
    targets = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    if len(set(targets.tolist())) < 2:
        return
    for goal, score in (("accuracy", sk.accuracy_score), ("f1", sk.f1_score)):
        got = getattr(best_thresholds(scores, targets), goal)
        tried = [score(targets, (scores > at).astype(int)) for at in (*np.arange(-5, 6) + 0.5,)]
        reached = score(targets, (scores > got.value).astype(int))
        assert reached == pytest.approx(max(tried))
        assert got.flag == ""


def test_of_equal_thresholds_the_nearest_to_the_natural_one_is_taken() -> None:
    scores, targets = np.array([-3.0, -1.0, 2.0, 4.0]), np.array([0, 0, 1, 1])
    assert best_thresholds(scores, targets).accuracy.value == 0.0
    assert best_thresholds(scores, targets, natural=5).accuracy.value == 0.5


def test_quantile_steps_come_near_the_exact_threshold() -> None:
    scores = np.linspace(-1, 1, 100)
    targets = (scores > 0.2).astype(np.int64)
    assert best_thresholds(scores, targets, n_steps=20).f1.value == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize(("targets", "why"), [([], "are missing"), ([1, 1], "have only one class")])
def test_a_threshold_that_cannot_be_tuned_is_the_natural_one_and_says_so(
    targets: list[int], why: str
) -> None:
    val = np.array(targets, dtype=np.int64)
    got = best_thresholds(np.arange(len(val), dtype=float), val, natural=0.5).f1
    assert got.value == 0.5
    assert why in got.flag
    fold = fold_metrics(
        "binary", np.array([0, 1]), np.array([-1.0, 1.0]),
        held_out_targets=val, held_out_scores=np.arange(len(val), dtype=float),
    )  # fmt: skip
    assert fold.values["accuracy_tuned"] == fold.values["accuracy"] == 1
    assert why in fold.flags[0]


def test_the_test_part_never_moves_a_threshold() -> None:
    held_out_targets, held_out_scores = binary()
    targets, scores = binary()
    one = fold_metrics(
        "binary",
        targets,
        scores,
        held_out_targets=held_out_targets,
        held_out_scores=held_out_scores,
    )
    for at in (0, 7, 11):
        alone = fold_metrics(
            "binary",
            targets[[at]],
            scores[[at]],
            held_out_targets=held_out_targets,
            held_out_scores=held_out_scores,
        )
        assert alone.predicted.by_accuracy[0] == one.predicted.by_accuracy[at]
        assert alone.predicted.by_f1[0] == one.predicted.by_f1[at]


def test_a_classifier_that_only_scores_is_decided_by_the_tuned_threshold() -> None:
    targets = np.array([0, 0, 1, 1])
    scores = np.array([3.0, 4.0, 6.0, 7.0])
    got = fold_metrics("binary", targets, scores, held_out_targets=targets, held_out_scores=scores)
    assert got.values["accuracy"] == got.values["accuracy_tuned"] == 1
    own = fold_metrics(
        "binary", targets, scores, decision=np.ones(4, dtype=np.int64),
        held_out_targets=targets, held_out_scores=scores,
    )  # fmt: skip
    assert (own.values["accuracy"], own.values["accuracy_tuned"]) == (0.5, 1)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_weighted_metric_is_that_of_repeated_samples(task: str) -> None:
    """A weight of 2 is the sample twice, of 0 is its absence."""
    if task == "regression":
        targets = coarse(RNG.normal(size=60))
        scores = coarse(targets + RNG.normal(size=60))
    else:
        targets, scores = binary(60) if task == "binary" else multiclass(60, 3)
        scores = 1 / (1 + np.exp(-scores)) if task == "binary" else scores
    n_classes = 3 if task == "multiclass" else 2

    def metrics(rows: Any) -> FoldMetrics:
        shares = None if task == "regression" else scores[rows]
        return fold_metrics(
            task, targets[rows], scores[rows], n_classes=n_classes, probabilities=shares
        )

    whole = metrics(np.arange(60))
    weights = RNG.integers(0, 4, size=(5, 60)).astype(float)
    weighted, _ = weighted_values(whole.predicted, weights)
    for at, row in enumerate(weights):
        drawn = np.repeat(np.arange(60), row.astype(int))
        repeated = metrics(drawn).values
        for name, value in repeated.items():
            if not math.isnan(value):
                assert weighted[name][at] == pytest.approx(value, abs=1e-9), name


def test_the_evaluator_takes_what_predict_returns() -> None:
    targets, scores = binary()
    by_accuracy, by_f1 = (scores > 0.5).astype(int), (scores > 0.1).astype(int)
    got = evaluator((torch.tensor(scores), by_accuracy, by_f1, torch.tensor(targets)), True)
    assert tuple(got) == fold_metrics_of("binary")
    assert got["accuracy"] == got["accuracy_tuned"] == sk.accuracy_score(targets, by_accuracy)
    assert got["f1_tuned"] == pytest.approx(sk.f1_score(targets, by_f1))
    assert got["auroc"] == pytest.approx(sk.roc_auc_score(targets, scores))
    numbers = evaluator((scores, targets), False)
    assert numbers["mse"] == pytest.approx(sk.mean_squared_error(targets, scores))
    many, shares = multiclass()
    decided = shares.argmax(axis=1)
    assert evaluator((shares, decided, decided, many), True)["auroc"] > 0.5


def test_the_evaluator_refuses_another_number_of_parts() -> None:
    with pytest.raises(ValueError, match="3 parts"):
        evaluator(([0.1], [1], [1]), True)
