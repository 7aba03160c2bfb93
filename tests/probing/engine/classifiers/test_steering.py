"""Whatever is done to rows that a fit does not train on, the fit does not move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from probing import MultiStepOpt, SingleStepOpt
from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Classifier, Looped, load, needs_validation
from probing.engine.classifiers.builtin.families.far_rows import n_far_rows
from probing.engine.splits import Labelling
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, class_targets, features, fits, is_usual, labelling

HOWS = ("one", "all", "far noise", "noise")
# what steers a network does so from its first steps on
NETWORKS = {name: {"max_epoch": 4} for name in ("SingleLayer", "MLP")}
# each strength and rank takes long
FEW = NETWORKS | {"SparseLogistic": {"Cs": 2}, "LowRank": {"rank": 2}}
SERVED = [
    (name, task) for name, entry in CLASSIFIERS.items() for task in entry.tasks if is_usual(entry)
]
# every pair of classifier, kind and scale
FAR = [
    (name, kind, scale)
    for at, name in enumerate(name for name, task in SERVED if task == "binary")
    for kind in ("wide", "collinear")
    for scale in ("standard", "none")
    if (at % 2 == 0) == ((kind == "wide") == (scale == "standard"))
]


def case(task: str, kind: str, scale: str) -> tuple[np.ndarray, Labelling, str]:
    targets: Any = class_targets("plain", 3 if task == "multiclass" else 2, 0)
    X = features(kind, targets, 0)
    if task == "regression":
        targets = X[:, 2] * 5 + 20 + np.random.default_rng(1).standard_normal(len(X))
    whole = labelling(targets, 3, n_inner=2)
    # the second fold trains on test rows of the first, with which it shares its arithmetic
    return X, replace(whole, folds=whole.folds[:2], inner=whole.inner[:2]), scale


def spoilt(X: np.ndarray, rows: np.ndarray, how: str) -> np.ndarray:
    """`X` with some of `rows` spoilt: one or all of them far out, or all but the first noise."""
    X = X.copy()
    noise = np.random.default_rng(7).standard_normal((len(rows) - 1, X.shape[1]))
    if how == "one":
        X[rows[-1]] *= 1e4
    elif how == "all":
        X[rows[1:]] *= 1e4
    else:
        X[rows[1:]] = noise * (1e6 if how == "far noise" else 3)
    return X


def first_fold(classifier: Classifier, one: Block) -> FoldFit:
    return next(fit for fit in fits(classifier.fit(one)) if fit.fold == 0)


def check(
    classifier: Classifier, given: tuple[np.ndarray, Labelling, str], part: str, *hows: str
) -> None:
    """However rows of a part are spoilt, what is fitted is as before."""
    X, label, scale = given
    label = label if needs_validation(classifier) or part == "val" else label.whole
    rows = getattr(label.folds[0], part)
    before = first_fold(classifier, block(X, label, scale=scale))
    for how in hows:
        after = first_fold(classifier, block(spoilt(X, rows, how), label, scale=scale))
        check_one(before, after, part, how)


def check_one(before: FoldFit, after: FoldFit, part: str, how: str) -> None:
    same = np.ones(len(before.test_scores), dtype=bool)
    if part == "test":
        same[1:] = False
        if how == "one":
            same[:] = np.arange(len(same)) < len(same) - 1
    size = np.abs(before.test_scores).max()
    np.testing.assert_allclose(
        after.test_scores[same], before.test_scores[same], atol=1e-6 * size, rtol=0, err_msg=how
    )
    if before.held_out is not None:
        assert after.held_out is not None
        size = np.abs(before.held_out.scores).max()
        np.testing.assert_allclose(
            after.held_out.scores, before.held_out.scores, atol=1e-4 * size, rtol=0, err_msg=how
        )
    assert after.flags == before.flags, how
    for name in {"C", "alpha", "epoch", "n_nonzero"} & set(before.chosen):
        assert after.chosen[name] == before.chosen[name], how


@pytest.mark.parametrize(("name", "task"), SERVED)
def test_test_rows_do_not_steer(name: str, task: str) -> None:
    classifier = load(ClassifierSpec(name, FEW.get(name, {})))
    hows = HOWS if task == CLASSIFIERS[name].tasks[0] else ("one", "far noise")
    check(classifier, case(task, "plain", "standard"), "test", *hows)


@pytest.mark.parametrize(("name", "kind", "scale"), FAR)
def test_one_far_row_does_not_steer(name: str, kind: str, scale: str) -> None:
    parameters = FEW | {"SparseLogistic": {"C": 0.1}}  # choosing it takes seconds
    check(
        load(ClassifierSpec(name, parameters.get(name, {}))),
        case("binary", kind, scale),
        "test",
        "one",
    )


@pytest.mark.parametrize(
    "name", [name for name, task in SERVED if task == "binary" and name not in NETWORKS]
)
def test_validation_rows_steer_nothing_that_does_not_stop_early(name: str) -> None:
    classifier = load(ClassifierSpec(name, FEW.get(name, {})))
    assert not needs_validation(classifier)
    check(classifier, case("binary", "plain", "standard"), "val", "all")


@pytest.mark.parametrize("far", [1e12, 1e37])
@pytest.mark.parametrize(("name", "task"), SERVED)
def test_a_row_beyond_all_measure_fails_the_cell_or_moves_nothing(
    name: str, task: str, far: float
) -> None:
    X, label, scale = case(task, "plain", "standard")
    classifier = load(ClassifierSpec(name, FEW.get(name, {})))
    label = label if needs_validation(classifier) else label.whole
    test = label.folds[0].test
    spoilt_X = X.copy()
    spoilt_X[test[-1]] = far
    outcomes = list(classifier.fit(block(spoilt_X, label, scale=scale)))
    reasons = [one.reason for one in outcomes if isinstance(one, FoldFailure)]
    if reasons:
        said = (
            f"features are too far from all others in 1 of {len(X)} rows: no fit keeps its digits"
        )
        assert set(reasons) == {said} and len(reasons) == len(outcomes)
        return
    before = first_fold(classifier, block(X, label, scale=scale)).test_scores[:-1]
    after = next(one for one in outcomes if one.fold == 0).test_scores[:-1]
    np.testing.assert_allclose(after, before, atol=1e-6 * np.abs(before).max(), rtol=0)


def test_rows_are_far_only_by_the_measure_of_their_feature() -> None:
    X = torch.randn(500, 8, generator=torch.Generator().manual_seed(0))
    X[:, 1] *= 1e4  # a massive feature
    X[:, 2] = 3.0  # one that is constant, but for a text
    X[7, 2] = 9e3
    X[:, 3] = 1 + 1e-7 * X[:, 3]
    X[8, 3] = 30.0
    assert n_far_rows(X) == n_far_rows(X.half()) == 0
    X[9, 1], X[450, 0] = -1e14, 1e10
    assert n_far_rows(X) == 2
    assert n_far_rows(torch.full((5, 2), 1e30)) == n_far_rows(torch.zeros(1, 3)) == 0


class Linear(MultiStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__(max_epoch=5)
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X: Any) -> Any:
        return self.linear(X)


class Wrapped(SingleStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.classifier = LogisticRegression()


@pytest.mark.parametrize("cls", [Linear, Wrapped, LogisticRegression])
def test_test_rows_do_not_steer_a_class_of_ones_own(cls: type) -> None:
    check(Looped(cls), case("binary", "plain", "standard"), "test", *HOWS[:3])


class Keeps(MultiStepOpt):
    seen: list[torch.Tensor] = []  # noqa: RUF012

    def __init__(self, input_size: int) -> None:
        super().__init__(max_epoch=1)
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X: Any) -> Any:
        return self.linear(X)

    def fit(self, trainset: Any, valset: Any, *rest: Any, **named: Any) -> Any:
        self.seen.append(trainset.features.clone())
        return super().fit(trainset, valset, *rest, **named)


def test_a_network_is_given_the_same_digits() -> None:
    X, label, _ = case("binary", "plain", "standard")
    label = replace(label, folds=label.folds[:1], inner=label.inner[:1])
    Keeps.seen.clear()
    rows = np.concatenate([label.folds[0].val, label.folds[0].test])
    for some in (X, spoilt(X, rows, "all")):
        fits(Looped(Keeps).fit(block(some, label)))
    assert torch.equal(*Keeps.seen)
