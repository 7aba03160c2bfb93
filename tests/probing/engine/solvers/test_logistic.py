"""Logistic regression: weights' predictions and the chosen C are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.metrics import log_loss

from probing.engine.blocks import FoldFailure
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.sparse import SparseLogistic
from probing.engine.splits.types import Fold, Labelling
from tests.support.solver_cases import (
    KINDS,
    block,
    class_targets,
    features,
    fits,
    fold_data,
    labelling,
)

CS = np.logspace(-4, 4, 10)


def probabilities(train, targets, rows, C, n_classes):
    if train.shape[1] > len(train):  # the penalty leaves all weights in the span of the rows
        span = np.linalg.svd(train, full_matrices=False)[2].T
        train, rows = train @ span, rows @ span
    model = Reference(C=C, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    found = model.fit(train, targets).predict_proba(rows)
    every = np.zeros((len(rows), n_classes))
    every[:, model.classes_] = found
    return every


def inner_losses(train, targets, inner, n_classes):
    losses = np.zeros(len(CS))
    for at, C in enumerate(CS):
        for fold in np.unique(inner):
            out = inner == fold
            found = probabilities(train[~out], targets[~out], train[out], C, n_classes)
            labels = np.arange(n_classes)
            losses[at] += log_loss(targets[out], found, labels=labels, normalize=False)
    return losses


@settings(max_examples=16, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from([2, 3]), st.integers(0, 99))
def test_a_given_strength_gives_the_probabilities_of_scikit_learn(kind, n_classes, seed):
    targets = class_targets(kind, n_classes, seed)
    one = block(features(kind, targets, seed), labelling(targets, 3))
    C = float(np.random.default_rng(seed).choice([1e-3, 0.1, 1.0, 100.0]))
    for fit in fits(LogisticRegression(C=C).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        expected = probabilities(train, wanted, test, C, n_classes)
        expected = expected[:, 1] if n_classes == 2 else expected
        np.testing.assert_allclose(fit.probabilities, expected, atol=2e-6)
        assert fit.chosen["C"] == C
        assert not fit.flags


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from([2, 3]), st.integers(0, 99))
def test_the_strength_is_the_best_of_the_inner_folds(kind, n_classes, seed):
    targets = class_targets(kind, n_classes, seed)
    one = block(features(kind, targets, seed), labelling(targets, 2))
    for fit in fits(LogisticRegression().fit(one)):
        train, wanted, inner, _, _ = fold_data(one, fit)
        losses = inner_losses(train, wanted, inner, n_classes)
        chosen = int(np.abs(CS - fit.chosen["C"]).argmin())
        level = np.flatnonzero(losses <= losses.min() * (1 + 1e-6))
        near = np.flatnonzero(losses <= losses.min() * (1 + 2e-6))
        assert chosen == level[0] or chosen in near
        at_edge = "C at the grid's edge" in fit.flags
        assert at_edge == (chosen in (0, len(CS) - 1))


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_labellings_and_layers_do_not_disturb_each_other(scale):
    targets = class_targets("plain", 2, 5)
    X = np.stack([features("plain", targets, seed) for seed in (0, 1)])
    labels = labelling(targets, 4), labelling(np.random.default_rng(3).permutation(targets), 4)
    together = {
        (fit.layer_at, fit.labelling_at, fit.fold): fit
        for fit in fits(LogisticRegression().fit(block(X, *labels, scale=scale)))
    }
    assert len(together) == 2 * 2 * 4
    for at, label in enumerate(labels):
        for fit in fits(LogisticRegression().fit(block(X[1], label, scale=scale))):
            other = together[1, at, fit.fold]
            assert other.chosen["C"] == fit.chosen["C"]
            np.testing.assert_allclose(other.test_scores, fit.test_scores, atol=1e-7)


def test_samples_of_a_text_are_rows_of_their_own():
    targets = class_targets("plain", 2, 1)
    X = features("plain", np.repeat(targets, 2), 1)
    label = labelling(targets, 3)
    one = block(X[None], label, n_samples=2)
    for fit in fits(LogisticRegression(C=0.5).fit(one)):
        fold = label.folds[fit.fold]
        rows = {
            part: np.repeat(texts * 2, 2) + np.tile([0, 1], len(texts))
            for part, texts in (("train", fold.train), ("test", fold.test))
        }
        mean, deviation = X[rows["train"]].mean(0), X[rows["train"]].std(0)
        scaled = (X - mean) / deviation
        wanted = np.repeat(targets, 2)[rows["train"]]
        expected = probabilities(scaled[rows["train"]], wanted, scaled[rows["test"]], 0.5, 2)
        np.testing.assert_allclose(fit.probabilities, expected[:, 1], atol=2e-6)


def test_memory_sets_the_size_of_blocks_and_no_result(monkeypatch):
    targets = class_targets("plain", 3, 2)
    one = block(features("wide", targets, 2), labelling(targets, 3))
    at_once = {fit.fold: fit for fit in fits(LogisticRegression().fit(one))}
    monkeypatch.setattr("probing.engine.solvers.rows.memory_budget._CPU_BYTES", 1)
    for fit in fits(LogisticRegression().fit(one)):
        np.testing.assert_allclose(fit.test_scores, at_once[fit.fold].test_scores, atol=1e-7)
        assert fit.chosen["C"] == at_once[fit.fold].chosen["C"]


@pytest.mark.parametrize("kind", [LogisticRegression, SparseLogistic])
def test_a_class_of_one_inner_fold_leaves_no_choice(kind):
    """Without it a fit to the others has no bound; with a given C all is as ever."""
    rng = np.random.default_rng(1)
    targets = np.arange(60) % 2
    train = np.arange(10)
    fold = Fold(train, train[:0], np.arange(10, 60))
    spread, lone = np.arange(10) // 5, 1 - targets[:10]
    label = Labelling("", 0, targets, (fold, fold), (spread, lone), 0)
    one = block(rng.standard_normal((60, 10)) + targets[:, None], label)
    sound, failed = sorted(kind().fit(one), key=lambda fit: fit.fold)
    assert np.abs(sound.test_scores).max() < 1e3
    assert isinstance(failed, FoldFailure)
    assert "class 0 stands in a single inner fold" in failed.reason
    if kind is LogisticRegression:
        for fit in fits(kind(C=0.1).fit(one)):
            rows, known, _, test, _ = fold_data(one, fit)
            expected = probabilities(rows, known, test, 0.1, 2)[:, 1]
            np.testing.assert_allclose(fit.probabilities, expected, atol=1e-6)
