"""Thresholds are set on scores of training texts by fits that did not see them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from probing import MultiStepOpt, SingleStepOpt
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import Looped, load, needs_validation
from probing.engine.splits import Fold, Labelling, make_folds
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, class_targets, features, fits, is_usual, labelling

STOP_EARLY = ("SingleLayer", "MLP", "AttentionProbe", "TokenScores")
GIVEN = [
    (name, parameters)
    for name, entry in CLASSIFIERS.items()
    if "binary" in entry.tasks and name not in STOP_EARLY and is_usual(entry)
    for parameters in ({}, {"C": 0.1}, {"alpha": 3.0})
    if set(parameters) <= {one.name for one in entry.parameters}
]


def case(kind: str, scale: str = "standard") -> Block:
    targets = class_targets(kind, 2, 0, n_each=30)
    return block(
        features(kind, targets, 0), labelling(targets, 2, n_inner=2, val_size=0), scale=scale
    )


def other_case(task: str, kind: str, n_inner: int) -> Block:
    """Three classes, or numbers, to be compared with other candidates."""
    targets = class_targets(kind, 3, 0, n_each=20)
    X = features(kind, targets, 0)
    if task == "regression":
        targets = X[:, 2] * 5 + targets + 20
    return replace(
        block(X, labelling(targets, 2, n_inner=n_inner, val_size=0), scale="none"), holds_out=True
    )


UNUSED = {"multiclass": "alpha", "regression": "C"}
OTHERS = [
    (name, parameters, task)
    for name, entry in CLASSIFIERS.items()
    for task in ("multiclass", "regression")
    if task in entry.tasks and name not in {*STOP_EARLY, "PCALogistic"} and is_usual(entry)
    for parameters in ({}, {"C": 0.1}, {"alpha": 3.0})
    if set(parameters) <= {one.name for one in entry.parameters}
    # classes have one strength there, and numbers the other
    and not (name == "LowRank" and set(parameters) == {UNUSED[task]})
]


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize(("name", "parameters", "task"), OTHERS, ids=str)
def test_candidates_hold_out_scores_for_every_task(
    name: str, parameters: dict[str, float], task: str, kind: str
) -> None:
    # whose strength is chosen by inner folds, in each of them by the others
    one = other_case(task, kind, n_inner=3 if name == "LowRank" else 2)
    for fit in fits(load(ClassifierSpec(name, parameters)).fit(one)):
        label = one.labellings[0]
        assert fit.held_out is not None
        assert fit.held_out.scores.shape[1:] == fit.test_scores.shape[1:]
        if fit.fold:
            continue  # by hand for one fold
        inner = label.inner_of(fit.fold)
        for number in np.unique(inner):
            chosen = parameters | strength(name, fit)
            (by_hand,) = fits(load(ClassifierSpec(name, chosen)).fit(inner_block(one, fit, number)))
            found = fit.held_out.scores[inner == number]
            size = np.abs(by_hand.test_scores).max()
            # in inner fits of numbers these have the units of the whole training part
            of_whole = name in ("LinearSVM", "ElasticNet") and task == "regression"
            atol = (3e-2 if of_whole else 1e-3) * size
            np.testing.assert_allclose(found, by_hand.test_scores, atol=atol)


def inner_block(one: Block, fit: FoldFit, number: int) -> Block:
    """The training part of a fold alone, one of its inner folds as its test part."""
    label = one.labellings[0]
    fold, inner = label.folds[fit.fold], label.inner_of(fit.fold)
    nothing = np.zeros(0, dtype=np.int64)
    part = Fold(fold.train[inner != number], nothing, fold.train[inner == number])
    number_of = np.arange(len(part.train), dtype=np.int8) % 3
    return replace(one, labellings=(replace(label, folds=(part,), inner=(number_of,)),))


def strength(name: str, fit: FoldFit) -> dict[str, float]:
    """The strength that was chosen, to be given to another fit."""
    known = {one.name for one in CLASSIFIERS[name].parameters}
    return {key: value for key, value in fit.chosen.items() if key in known & {"C", "alpha"}}


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize(("name", "parameters"), GIVEN, ids=str)
def test_every_training_text_has_a_score_of_a_fit_without_it(
    name: str, parameters: dict[str, float], kind: str
) -> None:
    one = case(kind, "none")  # else inner fits have the units of the whole training part
    for fit in fits(load(ClassifierSpec(name, parameters)).fit(one)):
        label = one.labellings[0]
        assert fit.held_out is not None
        assert (fit.held_out.texts == label.folds[fit.fold].train).all()
        inner = label.inner_of(fit.fold)
        if name == "PCALogistic" or fit.fold:
            continue  # its components are those of the whole training part; the rest, for one fold
        for number in np.unique(inner):
            chosen = parameters | strength(name, fit)
            alone = load(ClassifierSpec(name, chosen)).fit(inner_block(one, fit, number))
            (by_hand,) = fits(alone)
            found = fit.held_out.scores[inner == number]
            size = np.abs(by_hand.test_scores).max()
            np.testing.assert_allclose(found, by_hand.test_scores, atol=1e-3 * size)


@pytest.mark.parametrize("name", [name for name, _ in GIVEN])
def test_the_score_of_a_training_text_does_not_see_its_label(name: str) -> None:
    one = case("plain")
    label = one.labellings[0]
    spoilt = label.targets.copy()
    held = label.folds[0].train[label.inner_of(0) == 1]
    spoilt[held] = spoilt[held][::-1]
    choosing = ("LogisticRegression", "LinearSVM", "SparseLogistic", "KSparse")
    parameters = {"C": 1.0} if name in choosing else {}
    parameters = {"alpha": 1.0} if name == "Ridge" else parameters
    if name == "PCALogistic":
        return  # chooses C by all inner folds
    classifier = load(ClassifierSpec(name, parameters))
    other = replace(one, labellings=(replace(label, targets=spoilt),))
    before, after = (
        next(fit for fit in fits(classifier.fit(some)) if fit.fold == 0) for some in (one, other)
    )
    assert before.held_out is not None and after.held_out is not None
    out = label.inner_of(0) == 1
    np.testing.assert_allclose(
        after.held_out.scores[out], before.held_out.scores[out], rtol=1e-3, atol=1e-4
    )
    assert not np.allclose(after.held_out.scores[~out], before.held_out.scores[~out], atol=1e-4)


class Linear(MultiStepOpt):
    def __init__(self, input_size: int) -> None:
        import torch

        super().__init__()
        self.linear = torch.nn.Linear(input_size, 1)

    def forward(self, X: Any) -> Any:
        return self.linear(X)


class Wrapped(SingleStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.classifier = LogisticRegression()


def test_only_what_stops_early_takes_a_validation_part() -> None:
    for name in CLASSIFIERS:
        assert needs_validation(load(ClassifierSpec(name))) == (name in STOP_EARLY)
    assert needs_validation(Looped(Linear)) and needs_validation(Looped(Wrapped))
    assert not needs_validation(Looped(LogisticRegression))


@pytest.mark.parametrize("cls", [LogisticRegression, RandomForestClassifier])
def test_an_estimator_is_fitted_to_the_inner_folds_too(cls: type) -> None:
    one = case("plain")
    for fit in fits(Looped(cls).fit(one)):
        label = one.labellings[0]
        train, inner = label.folds[fit.fold].train, label.inner_of(fit.fold)
        assert fit.held_out is not None and (fit.held_out.texts == train).all()
        if cls is LogisticRegression:
            X = one.features[0, :, 0].double().numpy()
            X = (X - X[train].mean(0)) / X[train].std(0)
            for number in np.unique(inner):
                kept, left = train[inner != number], train[inner == number]
                by_hand = cls().fit(X[kept], label.targets[kept]).decision_function(X[left])
                np.testing.assert_allclose(fit.held_out.scores[inner == number], by_hand, rtol=1e-6)


def test_a_whole_labelling_trains_on_every_text_that_is_not_tested() -> None:
    targets = np.arange(60) % 2
    folds = make_folds(targets, np.arange(60), "binary", n_folds=3, val_size=0.1)
    inner = tuple(np.arange(len(fold.whole.train), dtype=np.int8) % 5 for fold in folds)
    label = Labelling("", 0, targets, folds, inner, 0)
    for at, fold in enumerate(folds):
        assert len(fold.val) == 6 and len(fold.train) == 34
        whole = label.whole.folds[at]
        assert len(whole.train) == 40 and not len(whole.val)
        assert (whole.test == fold.test).all()
        assert (label.whole.inner_of(at) == inner[at]).all()
        assert (label.inner_of(at) == inner[at][np.isin(whole.train, fold.train)]).all()


@pytest.mark.parametrize("d", [6, 90])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_training_texts_that_are_scored_get_the_score_of_the_fit(task: str, d: int) -> None:
    n, rng = 80, np.random.default_rng(4)
    X = rng.standard_normal((n, d))
    n_classes = {"binary": 2, "multiclass": 3}.get(task, 0)
    targets = np.arange(n) % n_classes if n_classes else X[:, 0] + rng.standard_normal(n)
    X[:, 1] += targets
    nobody = np.zeros(0, dtype=np.int64)
    fold = Fold(np.arange(60), nobody, np.arange(60, n))
    X[fold.test] = X[fold.seen]  # what is tested is what was seen
    inner = (np.arange(60) // 6 % 3).astype(np.int8)
    labels = Labelling("", 0, targets, (fold,), (inner,), 1)
    for name, entry in CLASSIFIERS.items():
        if task not in entry.tasks or name in STOP_EARLY or not is_usual(entry):
            continue
        (fit,) = fits(load(ClassifierSpec(name, {})).fit(block(X, labels)))
        assert fit.seen is not None, name
        told = f"{name}: {fit.flags}"
        np.testing.assert_allclose(fit.seen.scores, fit.test_scores, 1e-5, 1e-6, err_msg=told)
