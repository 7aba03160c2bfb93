"""Every classifier gives scores of training texts by fits of the inner folds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB

from probing import MultiStepOpt, SingleStepOpt
from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Looped, load
from probing.engine.experiment.choosing.inner_fits import LACKING, ONE_FOLD, fits_with_inner
from probing.engine.experiment.choosing.inner_score import best, inner_score
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, class_targets, features, fits, is_usual, labelling

TASKS = ("binary", "multiclass", "regression")


def case(task: str, val_size: float = 0.1, n_layers: int = 1) -> Block:
    targets = class_targets("plain", 3 if task == "multiclass" else 2, 0)
    X = np.stack([features("plain", targets, at) for at in range(n_layers)])
    if task == "regression":
        targets = X[0][:, 2] * 5 + targets + 20.0
    permuted = np.random.default_rng(0).permutation(targets)
    cut = [labelling(one, 2, val_size=val_size) for one in (targets, permuted)]
    return replace(block(X, *cut), holds_out=True)


class Gaussian(SingleStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.classifier = GaussianNB()


class Linear(MultiStepOpt):
    def __init__(self, input_size: int, n_outputs: int) -> None:
        import torch

        super().__init__(max_epoch=3)
        self.linear = torch.nn.Linear(input_size, n_outputs)

    def forward(self, X: Any) -> Any:
        return self.linear(X)


class Refusing(SingleStepOpt):
    """Fits what has many rows alone."""

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.classifier = GaussianNB()

    def fit(self, trainset: Any, *args: Any, **options: Any) -> Any:
        if len(trainset) < 35:
            raise ValueError("too few rows")
        return super().fit(trainset, *args, **options)


def of_every_task() -> list[tuple[Any, str]]:
    without_pairs = [one for one in CLASSIFIERS.values() if is_usual(one)]
    built_in = [(one.name, task) for one in without_pairs for task in one.tasks]
    own = [(cls, task) for cls in (Gaussian, LogisticRegression) for task in TASKS[:2]]
    return [*built_in, *own, *((Linear, task) for task in TASKS)]


def made(given: Any) -> Any:
    short = {"max_epoch": 3} if given in ("SingleLayer", "MLP") else {}
    return Looped(given) if isinstance(given, type) else load(ClassifierSpec(given, short))


@pytest.mark.parametrize(("given", "task"), of_every_task(), ids=str)
def test_every_text_that_is_trained_on_has_a_score(given: Any, task: str) -> None:
    classifier = made(given)
    one = case(task, 0.1 if getattr(classifier, "needs_validation", False) else 0)
    found = fits(fits_with_inner(classifier, one))
    assert len(found) == 4
    for fit in found:
        label = one.labellings[fit.labelling_at]
        assert fit.inner is not None and not fit.no_inner
        assert (fit.inner.texts == label.folds[fit.fold].train).all()
        assert fit.inner.scores.shape[1:] == fit.test_scores.shape[1:]
        assert np.isfinite(fit.inner.scores).all()


@pytest.mark.parametrize("cls", [Gaussian, LogisticRegression])
def test_inner_scores_are_those_of_fits_by_hand(cls: type) -> None:
    one = case("multiclass", 0.1 if cls is Gaussian else 0)
    for fit in fits(fits_with_inner(Looped(cls), one)):
        label = one.labellings[fit.labelling_at]
        train, inner = label.folds[fit.fold].train, label.inner_of(fit.fold)
        X = one.features[0, :, 0].double().numpy()
        for number in np.unique(inner):
            kept, left = train[inner != number], train[inner == number]
            Z = (X - X[kept].mean(0)) / X[kept].std(0)
            by_hand = (GaussianNB() if cls is Gaussian else cls()).fit(Z[kept], label.targets[kept])
            assert fit.inner is not None
            scores = fit.inner.scores[inner == number]
            assert (scores.argmax(1) == by_hand.predict(Z[left])).all()
            if cls is LogisticRegression:
                wanted = by_hand.decision_function(Z[left])
                np.testing.assert_allclose(
                    scores - scores.mean(1, keepdims=True), wanted, atol=1e-6
                )


def test_samples_of_a_text_stay_together() -> None:
    targets = class_targets("plain", 3, 0)
    X = np.repeat(features("plain", targets, 0), 2, axis=0)
    one = replace(block(X, labelling(targets, 2), n_samples=2), holds_out=True)
    X = one.features[0].double().numpy()
    for fit in fits(fits_with_inner(Looped(Gaussian), one)):
        label, inner = one.labellings[0], one.labellings[0].inner_of(fit.fold)
        train = label.folds[fit.fold].train
        assert fit.inner is not None
        assert fit.inner.scores.shape == (2 * len(train), 3)
        kept = train[inner != 0]
        rows = X[kept].reshape(-1, X.shape[2])
        Z = (X - rows.mean(0)) / rows.std(0)
        flat = Z[kept].reshape(-1, X.shape[2])
        by_hand = GaussianNB().fit(flat, label.targets[kept].repeat(2))
        left = Z[train[inner == 0]].reshape(-1, X.shape[2])
        found = fit.inner.scores[np.repeat(inner == 0, 2)].argmax(1)
        assert (found == by_hand.predict(left)).all()


def test_a_failure_inside_is_a_reason_and_no_failure_of_the_fold() -> None:
    one = case("binary")
    for fit in fits(fits_with_inner(Looped(Refusing), one)):
        assert fit.inner is None and "too few rows" in fit.no_inner


def test_a_training_part_of_one_inner_fold_has_no_inner_scores() -> None:
    one = case("multiclass")
    whole = tuple(
        replace(label, inner=tuple(np.zeros_like(part) for part in label.inner))
        for label in one.labellings
    )
    one = replace(one, labellings=whole)
    assert {fit.no_inner for fit in fits(fits_with_inner(Looped(Gaussian), one))} == {ONE_FOLD}
    assert {fit.no_inner for fit in fits(fits_with_inner(made("LDA"), one))} == {LACKING}


class FailsEverywhere:
    tasks = TASKS

    def fit(self, block: Block) -> Any:
        for at in range(len(block.labellings)):
            yield FoldFailure(0, at, -1, "no such luck")


def test_what_fails_in_every_fold_fails() -> None:
    found = list(fits_with_inner(FailsEverywhere(), case("binary")))
    assert all(isinstance(one, FoldFailure) for one in found) and len(found) == 2


@pytest.mark.parametrize("task", TASKS)
def test_the_inner_score_is_that_of_the_inner_folds(task: str) -> None:
    one = case(task, 0)
    classifier = made("Ridge" if task == "regression" else "LDA")
    for fit in fits(fits_with_inner(classifier, one)):
        label = one.labellings[fit.labelling_at]
        inner = label.inner_of(fit.fold)
        assert fit.inner is not None
        true, scores = label.targets[fit.inner.texts], fit.inner.scores
        metric = "r2" if task == "regression" else "auroc"
        got = inner_score(one, label, fit.fold, fit.inner, metric)
        if task == "regression":
            assert got == pytest.approx(r2_score(true, scores))
            error = inner_score(one, label, fit.fold, fit.inner, "mse")
            each = [np.mean((true - scores)[inner == at] ** 2) for at in np.unique(inner)]
            assert error == pytest.approx(-np.mean(each))
            continue
        each = [_auroc(true[inner == at], scores[inner == at]) for at in np.unique(inner)]
        assert got == pytest.approx(np.mean(each))
        decided = scores.argmax(1) if task == "multiclass" else scores > 0
        right = [np.mean((decided == true)[inner == at]) for at in np.unique(inner)]
        accuracy = inner_score(one, label, fit.fold, fit.inner, "accuracy")
        assert accuracy == pytest.approx(np.mean(right))


def _auroc(true: Any, scores: Any) -> float:
    if scores.ndim == 1:
        return float(roc_auc_score(true, scores))
    return float(np.mean([roc_auc_score(true == at, scores[:, at]) for at in range(3)]))


def test_the_oracle_of_lda_is_scikit_learn() -> None:
    """Its inner scores are those of scikit-learn, scaled by the rows that are fitted."""
    one = case("binary", 0)
    for fit in fits(fits_with_inner(made("LDA"), one)):
        label = one.labellings[fit.labelling_at]
        train, inner = label.folds[fit.fold].train, label.inner_of(fit.fold)
        X = one.features[0, :, 0].double().numpy()
        for number in np.unique(inner):
            kept, left = train[inner != number], train[inner == number]
            Z = (X - X[kept].mean(0)) / X[kept].std(0)
            by_hand = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
            by_hand.fit(Z[kept], label.targets[kept])
            assert fit.inner is not None
            np.testing.assert_allclose(
                fit.inner.scores[inner == number], by_hand.decision_function(Z[left]), rtol=1e-5
            )


def test_ties_go_to_the_least_rank() -> None:
    assert best([0.5, 0.7, 0.7], [(0,), (2,), (1,)]) == 2
    assert best([float("nan"), 0.1], [(0,), (1,)]) == 1
    assert best([float("nan")], [(0,)]) is None


def test_fits_are_what_they_are_without_inner_folds() -> None:
    for name in ("LDA", "Ridge", "KNN"):
        one = case("multiclass", 0)
        plain = fits(made(name).fit(replace(one, holds_out=False)))
        asked: list[FoldFit] = fits(fits_with_inner(made(name), one))
        for before, after in zip(plain, sorted(asked, key=_place), strict=True):
            np.testing.assert_allclose(after.test_scores, before.test_scores, rtol=1e-9)


def _place(fit: FoldFit) -> tuple[int, int, int]:
    return fit.layer_at, fit.labelling_at, fit.fold
