"""V-information of a fold against scikit-learn's log losses; probabilities of 0; what has none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.knn import KNN
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.controls import Majority
from probing.engine.experiment.scoring.fold_scores import Reading, score
from probing.engine.metrics import class_log_odds, fold_metrics, influences
from probing.engine.splits import Labelling, inner_folds, make_folds
from probing.plan import Cell
from probing.uncertainty import NoIntervalError, TextsTested, interval, measured


def drawn(n_classes: int, n: int = 240, seed: int = 0) -> tuple[Any, Any]:
    """Features and targets of unequal classes."""
    rng = np.random.default_rng(seed)
    weights = np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum()
    targets = rng.choice(n_classes, n, p=weights)
    X = rng.standard_normal((n, 6)) + np.eye(6)[targets]
    return X.astype(np.float32).astype(np.float64), targets


def block_of(X: Any, targets: Any, n_classes: int) -> Block:
    task, groups = "binary" if n_classes == 2 else "multiclass", np.arange(len(X))
    folds = make_folds(targets, groups, task, n_folds=3, val_size=0.0, seed=0)
    inner = tuple(inner_folds(one.train, targets, groups, task, 0) for one in folds)
    labelling = Labelling("", 0, targets, folds, inner, 0)
    features = torch.from_numpy(X.astype(np.float32))[None, :, None]
    return Block(features, (labelling,), groups, task, n_classes, "none")


def scored(classifier: Any, block: Block) -> list[tuple[Any, Any]]:
    """Of every fold what was scored of it, and the fold."""
    from probing.engine.experiment.block_fits import CellFit

    (labelling,), cell = block.labellings, Cell("d", block.task, "m", "resid", "mean", 0, "c", "")
    fits = [fit for fit in classifier.fit(block) if isinstance(fit, FoldFit)]
    assert len(fits) == 3
    return [
        (
            score(CellFit(cell, labelling, fit), fit, block, Reading(0, 0), 0),
            labelling.folds[fit.fold],
        )
        for fit in fits
    ]


@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_is_the_difference_of_two_log_losses(n_classes: int) -> None:
    X, targets = drawn(n_classes)
    classes = np.arange(n_classes)
    for made, fold in scored(LogisticRegression(C=0.3), block_of(X, targets, n_classes)):
        model = Reference(C=0.3, tol=1e-12, max_iter=10_000).fit(X[fold.train], targets[fold.train])
        with_text = log_loss(targets[fold.test], model.predict_proba(X[fold.test]), labels=classes)
        shares = np.bincount(targets[fold.train], minlength=n_classes) / len(fold.train)
        without = log_loss(targets[fold.test], np.tile(shares, (len(fold.test), 1)), labels=classes)
        told = made.event.metrics["v_information"]
        assert told == pytest.approx((without - with_text) / math.log(2), abs=1e-6)
        assert told > 0.05


def test_the_majority_control_has_none_of_it() -> None:
    X, targets = drawn(3)
    parts = scored(Majority(), block_of(X, targets, 3))
    assert [made.event.metrics["v_information"] for made, _ in parts] == pytest.approx([0, 0, 0])
    found, _ = influences([made.predicted for made, _ in parts])
    texts = np.arange(len(targets))
    with pytest.raises(NoIntervalError, match="null predictor"):
        measured(found["v_information"], TextsTested(texts, texts, texts, 3, 1.0, 0.0))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_probability_of_0_is_mixed_with_the_shares(n_classes: int) -> None:
    """Votes of five neighbours, with the shares as one more training text."""
    X, targets = drawn(n_classes)
    for made, fold in scored(KNN(), block_of(X, targets, n_classes)):
        model = KNeighborsClassifier().fit(X[fold.train], targets[fold.train])
        p = model.predict_proba(X[fold.test])
        assert (p == 0).any()
        n, shares = len(fold.train), np.bincount(targets[fold.train]) / len(fold.train)
        mixed = (n * p + shares) / (n + 1)
        assert mixed.sum(axis=1) == pytest.approx(1)
        bits = np.log2(mixed / shares)[np.arange(len(fold.test)), targets[fold.test]]
        assert made.event.metrics["v_information"] == pytest.approx(bits.mean(), abs=1e-9)


def test_probabilities_that_round_to_0_count_by_their_log_odds() -> None:
    targets, odds = np.array([0, 1, 1, 0]), np.array([-900.0, 3.0, -1200.0, 1.0])
    shares = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
    trained_on = np.array([0, 0, 0, 1])
    got = fold_metrics("binary", targets, odds, probabilities=shares, trained_on=trained_on)
    lost = [0.0, math.log1p(math.exp(-3)), 1200.0, math.log1p(math.exp(1))]
    null = -np.log2([0.75, 0.25, 0.25, 0.75])
    expected = (null - np.array(lost) / math.log(2)).mean()
    assert got.values["v_information"] == pytest.approx(expected, rel=1e-12)
    logs = np.array([[0.0, -900.0, -1000.0], [-1.0, -2.0, -1500.0]])
    shares = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    got = fold_metrics(
        "multiclass", np.array([1, 2]), class_log_odds(logs), n_classes=3,
        probabilities=shares, trained_on=np.arange(3),
    )  # fmt: skip
    lost = (900 + 1500 - 1 + math.log1p(math.exp(-1))) / math.log(2)
    assert got.values["v_information"] == pytest.approx(math.log2(3) - lost / 2, rel=1e-12)


def test_what_has_none_says_why() -> None:
    targets, odds = np.array([0, 1, 1]), np.array([-1.0, 2.0, 3.0])
    plain = fold_metrics("binary", targets, odds, trained_on=targets)
    assert plain.reasons["v_information"] == "the classifier gives no probabilities"
    shares = 1 / (1 + np.exp(-odds))
    lone = fold_metrics("binary", targets, odds, probabilities=shares, trained_on=np.zeros(5))
    assert lone.reasons["v_information"] == "a class of the test part is not in the training part"
    unknown = fold_metrics("binary", targets, odds, probabilities=shares)
    assert "not known" in unknown.reasons["v_information"]
    assert all(math.isnan(one.values["v_information"]) for one in (plain, lone, unknown))


def test_its_interval_ends_at_what_the_shares_leave_to_be_known() -> None:
    X, targets = drawn(2, seed=1)
    parts = scored(LogisticRegression(C=10.0), block_of(X + 2.0 * targets[:, None], targets, 2))
    found, _ = influences([made.predicted for made, _ in parts])
    texts = np.arange(len(targets))
    one = measured(found["v_information"], TextsTested(texts, texts, texts, 3, 160.0, 1.0))
    null = [np.bincount(targets[fold.train]) / len(fold.train) for _, fold in parts]
    most = np.mean(
        [-np.log2(p[targets[fold.test]]).mean() for p, (_, fold) in zip(null, parts, strict=True)]
    )
    assert found["v_information"].most == pytest.approx(most)
    low, high = interval("v_information", one)
    assert low < one.value < high < most
    assert one.value + 2 * math.sqrt(one.variance) > most
