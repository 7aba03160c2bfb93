"""Influence values against the jackknife: what a metric loses with each sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probing.engine.metrics import Predicted, influences, pooled_parts
from probing.engine.metrics.fold_metrics import weighted_values
from probing.engine.metrics.operating_points import RATES
from probing.engine.metrics.usable_information import with_bits
from probing.metric_names import METRICS, fold_metrics_of


def _folds(task: str, n: int, n_folds: int, seed: int, ties: bool = False) -> list[Predicted]:
    rng = np.random.default_rng(seed)
    folds = []
    for _ in range(n_folds):
        if task == "regression":
            targets = rng.standard_normal(n)
            scores = targets + rng.standard_normal(n)
            if ties:
                scores, targets = scores.round(0), targets.round(0)
            folds.append(Predicted(task, 0, targets, scores))
            continue
        n_classes = 2 if task == "binary" else 4
        targets = rng.permutation(np.arange(n) % n_classes)
        scores = rng.standard_normal((n, n_classes)) + 1.2 * np.eye(n_classes)[targets]
        if task == "binary":
            scores = scores[:, 1] - scores[:, 0]
            if ties:
                scores = scores.round(0)
            shares = 1 / (1 + np.exp(-scores))
            decision = (scores > 0).astype(int)
            tuned = (scores > 0.3).astype(int)
            one = Predicted(task, 2, targets, scores, decision, shares, tuned, (scores > -0.2) * 1)
        else:
            shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            one = Predicted(task, 4, targets, scores, scores.argmax(1), shares)
        trained_on = rng.integers(0, n_classes, 4 * n)
        folds.append(with_bits(one, trained_on))
    return folds


def _joined(folds: list[Predicted]) -> Predicted:
    names = (
        "targets",
        "scores",
        "decision",
        "probabilities",
        "by_accuracy",
        "by_f1",
        "bits",
        "null_bits",
    )
    parts = {
        name: None
        if getattr(folds[0], name) is None
        else np.concatenate([getattr(one, name) for one in folds])
        for name in names
    }
    return replace(folds[0], **parts)


def _derivative(folds: list[Predicted], metric: str, step: float = 1e-6) -> np.ndarray:
    """The change of the metric by the weight of each sample, by differences."""
    groups = [_joined(folds)] if METRICS[metric].is_pooled else folds
    parts = []
    for one in groups:
        n = len(one.targets)
        weights = np.ones((2 * n, n))
        weights[np.arange(n), np.arange(n)] += step
        weights[n + np.arange(n), np.arange(n)] -= step
        values = weighted_values(one, weights, [metric])[0][metric]
        parts.append((values[:n] - values[n:]) / (2 * step) / len(groups))
    return np.concatenate(parts)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_influences_are_the_derivatives_of_every_metric(task: str, ties: bool) -> None:
    folds = _folds(task, 70, 3, seed=1, ties=ties)
    found, reasons = influences(folds)
    known = [name for name in fold_metrics_of(task) if task in METRICS[name].tasks]
    assert set(found) == set(known) and set(reasons) == set(fold_metrics_of(task)) - set(known)
    for metric in known:
        told = _derivative(folds, metric)
        got = found[metric].of_samples
        if metric in RATES:  # those that set the threshold are tested beside it
            counted = _joined(folds).targets == (metric != "fpr_at_95_tpr")
            got, told = got[counted], told[counted]
        np.testing.assert_allclose(got, told, atol=2e-7, err_msg=metric)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_influences_are_close_to_the_jackknife(task: str) -> None:
    folds = _folds(task, 300, 2, seed=2)
    found, _ = influences(folds)
    for name in ("ece", *RATES):  # the gap of a small bin changes its sign without a sample
        found.pop(name, None)
    for metric, influence in found.items():
        groups = [_joined(folds)] if METRICS[metric].is_pooled else folds
        parts = []
        for one in groups:
            n = len(one.targets)
            every, without = np.ones((1, n)), 1 - np.eye(n)
            whole = weighted_values(one, every, [metric])[0][metric][0]
            left = weighted_values(one, without, [metric])[0][metric]
            parts.append((n - 1) * (whole - left) / n / len(groups))
        jackknife = np.concatenate(parts)
        spread = np.abs(jackknife).max()
        tolerance = 0.06
        assert np.abs(influence.of_samples - jackknife).max() < tolerance * spread, metric


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_values_are_those_of_the_metrics(task: str) -> None:
    folds = _folds(task, 60, 4, seed=3)
    found, _ = influences(folds)
    pooled = pooled_parts(folds)
    for metric, influence in found.items():
        if metric in pooled:
            expected = np.nanmean(pooled[metric])
        else:
            one = np.ones((1, 60))
            expected = np.mean([weighted_values(f, one, [metric])[0][metric][0] for f in folds])
        assert influence.value == pytest.approx(expected, abs=1e-12), metric


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_influences_sum_to_zero_in_each_stratum(task: str) -> None:
    found, _ = influences(_folds(task, 50, 3, seed=4))
    for metric, influence in found.items():
        sums = np.bincount(influence.strata, influence.of_samples)
        np.testing.assert_allclose(sums, 0, atol=1e-12, err_msg=metric)


def test_a_metric_that_is_undefined_says_why() -> None:
    fold = Predicted("binary", 2, np.ones(5, dtype=int), np.arange(5.0), np.ones(5, dtype=int))
    found, reasons = influences([fold])
    assert "accuracy" in found
    assert reasons["auroc"] == "a test part has only one class"
    assert reasons["brier"] == "the classifier gives no probabilities"
