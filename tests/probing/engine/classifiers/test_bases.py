"""Classifiers of users: the two bases, sets of any shape, and the loop over a block."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import nn

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt, SingleStepOpt
from probing.engine.metrics import evaluator, fold_metrics
from probing.engine.splits import make_folds
from probing.engine.splits.types import Labelling
from probing.errors import CellError, SpecError
from tests.support.blocks import block, data


class LDA(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.name = "LDA"
        self.discrete_targets = True
        self.classifier = LinearDiscriminantAnalysis(n_components=1)


class SingleLayer(MultiStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.name = "SingleLayer"
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X):
        return self.linear(X)


class Softmax(MultiStepOpt):
    def __init__(self, input_size, n_outputs, max_epoch=50):
        super().__init__(max_epoch=max_epoch)
        self.linear = nn.Linear(input_size, n_outputs)

    def forward(self, X):
        return self.linear(X)


def parts(task: str) -> list[FeatureSet]:
    X, targets = data(task)
    return [FeatureSet(X[rows], targets[rows]) for rows in np.split(np.arange(300), [200, 240])]


def fits(cls: type, given: Block, **parameters: Any) -> list[FoldFit]:
    made = list(Looped(cls, parameters).fit(given))
    assert all(isinstance(one, FoldFit) for one in made), made
    return made  # type: ignore[return-value]


def reasons(cls: type, given: Block, **parameters: Any) -> set[str]:
    made = list(Looped(cls, parameters).fit(given))
    assert all(isinstance(one, FoldFailure) for one in made), made
    return {one.reason for one in made}  # type: ignore[union-attr]


def metrics(fit: FoldFit, given: Block) -> dict[str, float]:
    fold = given.labellings[0].folds[fit.fold]
    targets, held_out = given.labellings[0].targets, fit.held_out
    return dict(
        fold_metrics(
            given.task, targets[fold.test], fit.test_scores, n_classes=given.n_classes,
            decision=fit.decision, probabilities=fit.probabilities,
            held_out_targets=None if held_out is None else targets[held_out.texts],
            held_out_scores=None if held_out is None else held_out.scores,
        ).values
    )  # fmt: skip


@pytest.mark.parametrize("cls", [LDA, SingleLayer])
def test_the_classes_of_the_page_work_by_hand(cls: type) -> None:
    train, val, test = parts("binary")
    torch.manual_seed(0)
    probe = cls(8)
    probe.fit(train, val, None, False, True)
    probe.set_thresholds(val)
    scores, by_accuracy, by_f1, targets = probe.predict(test)
    assert scores.shape == by_accuracy.shape == by_f1.shape == targets.shape == (60,)
    assert evaluator((scores, by_accuracy, by_f1, targets), True)["auroc"] > 0.9
    assert probe.forward(torch.tensor(test.features, dtype=torch.float32)) is not None


@pytest.mark.parametrize("cls", [LDA, SingleLayer])
def test_the_classes_of_the_page_work_in_the_loop(cls: type) -> None:
    given = block("binary")
    made = fits(cls, given)
    assert [(one.layer_at, one.labelling_at, one.fold) for one in made] == [
        (0, 0, 0), (0, 0, 1), (0, 0, 2),
    ]  # fmt: skip
    for one in made:
        assert metrics(one, given)["accuracy"] > 0.8
        assert one.n_params == 9 and one.fit_s > 0


def test_scores_are_those_of_sklearn_by_hand_on_the_same_folds() -> None:
    given = block("binary")
    X, targets = given.features[0, :, 0].double().numpy(), given.labellings[0].targets
    for one in fits(LDA, given):
        fold = given.labellings[0].folds[one.fold]
        scaler = StandardScaler().fit(X[fold.train])
        by_hand = LinearDiscriminantAnalysis(n_components=1)
        by_hand.fit(scaler.transform(X[fold.train]), targets[fold.train])
        expected = by_hand.decision_function(scaler.transform(X[fold.test]))
        np.testing.assert_allclose(one.test_scores, expected, rtol=1e-9)
        assert (one.decision == (expected > 0)).all()


def test_features_come_as_they_are_where_nothing_is_scaled() -> None:
    class Keeps(SingleStepOpt):
        def __init__(self, input_size):
            super().__init__()
            self.classifier = LogisticRegression()

        def fit(self, trainset, valset, *rest, **named):
            seen.append(trainset.features)
            return super().fit(trainset, valset, *rest, **named)

    seen: list[Any] = []
    fits(Keeps, block("binary", "none"))
    assert abs(seen[0].mean() - 3) < 1
    fits(Keeps, block("binary"))
    assert abs(seen[-1].mean(axis=0)).max() < 1e-12
    np.testing.assert_allclose(seen[-1].std(axis=0), 1)


class OnlyPredicts:
    """The class whose mean is nearest, and nothing but that."""

    def fit(self, X, y):
        self.means = np.stack([X[y == one].mean(0) for one in np.unique(y)])

    def predict(self, X):
        return ((X[:, None] - self.means) ** 2).sum(-1).argmin(1)


def test_of_an_estimator_that_only_predicts_the_class_is_the_score():
    trainset, valset, testset = parts("multiclass")
    one = SingleStepOpt()
    one.classifier = OnlyPredicts()
    one.fit(trainset, valset)
    one.set_thresholds(valset)
    scores, *_ = one.predict(testset)
    decided = one.classifier.predict(testset.features)
    n_classes = int(trainset.targets.max()) + 1
    np.testing.assert_array_equal(scores, np.eye(n_classes)[decided])
    np.testing.assert_array_equal(one.decide(testset), decided)


def test_numbers_between_classes_are_no_scores_of_three():
    trainset, valset, testset = parts("multiclass")
    one = SingleStepOpt()
    one.classifier = LinearRegression()
    one.fit(trainset, valset)
    with pytest.raises(CellError, match="no class"):
        one.predict(testset)


@pytest.mark.parametrize("given_task", ["binary", "multiclass"])
@pytest.mark.parametrize("cls", [LogisticRegression, GaussianNB, LinearSVC, RandomForestClassifier])
def test_estimators_of_sklearn_are_taken_as_they_are(cls: type, given_task: str) -> None:
    given = block(given_task)
    for one in fits(cls, given):
        got = metrics(one, given)
        assert got["accuracy"] > 0.6 and got["auroc"] > 0.75
        lacks = not hasattr(cls, "predict_proba")
        assert (one.probabilities is None) == lacks
        assert np.isnan(got["brier"]) == lacks


@pytest.mark.parametrize("cls", [Ridge, LinearRegression])
def test_regressors_of_sklearn_are_taken_as_they_are(cls: type) -> None:
    given = block("regression")
    assert Looped(cls).tasks == ("regression",)
    for one in fits(cls, given):
        assert one.decision is None and metrics(one, given)["r2"] > 0.7


def test_gradient_descent_fits_several_classes_and_numbers() -> None:
    many = block("multiclass")
    for one in fits(Softmax, many):
        assert one.test_scores.shape == (100, 3) and one.n_params == 27
        assert metrics(one, many)["accuracy"] > 0.6
    numbers = block("regression")
    for one in fits(SingleLayer, numbers):
        assert metrics(one, numbers)["r2"] > 0.6


def test_two_outputs_serve_two_classes() -> None:
    class TwoOutputs(Softmax):
        def __init__(self, input_size):
            super().__init__(input_size, 2)

    given = block("binary")
    for one in fits(TwoOutputs, given):
        assert one.test_scores.shape == (100,) and metrics(one, given)["auroc"] > 0.85


def test_one_output_for_three_classes_is_refused_with_the_way_out() -> None:
    (reason,) = reasons(SingleLayer, block("multiclass"))
    assert "SingleLayer has 1 output for 3 classes; add n_outputs" in reason


def test_one_that_wants_classes_is_refused_numbers() -> None:
    (reason,) = reasons(LDA, block("regression"))
    assert "LDA needs classes, but the targets are numbers" in reason


def test_what_a_class_raises_is_told_in_one_line() -> None:
    class Breaks(SingleStepOpt):
        def __init__(self, stage="fit"):
            super().__init__()
            self.stage = stage
            if stage == "__init__":
                raise KeyError("no key")

        def fit(self, *sets, **options):
            if self.stage == "fit":
                raise ValueError("bad\n  value")

        def set_thresholds(self, valset):
            pass

        def predict(self, testset):
            raise RuntimeError("cannot")

    given = block("binary")
    assert reasons(Breaks, given) == {"Breaks.fit raised ValueError: bad value"}
    assert reasons(Breaks, given, stage="__init__") == {"Breaks.__init__ raised KeyError: 'no key'"}
    assert reasons(Breaks, given, stage="predict") == {"Breaks.predict raised RuntimeError: cannot"}


def test_one_bad_fold_leaves_the_others() -> None:
    class BreaksOnce(SingleStepOpt):
        def __init__(self):
            super().__init__()
            self.classifier = LogisticRegression()

        def fit(self, trainset, *rest, **named):
            calls.append(1)
            if len(calls) == 2:
                raise ValueError("once")
            return super().fit(trainset, *rest, **named)

    calls: list[int] = []
    made = list(Looped(BreaksOnce).fit(block("binary")))
    assert [type(one) for one in made] == [FoldFit, FoldFailure, FoldFit]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda n: np.zeros((n, 2)), r"scores of shape \(100, 2\), not \(100,\)"),
        (lambda n: np.full(n, np.nan), "scores that are not finite"),
    ],
)
def test_answers_of_another_shape_are_refused(answer: Any, says: str) -> None:
    class Odd(SingleStepOpt):
        def fit(self, *sets, **options):
            return self

        def set_thresholds(self, valset):
            pass

        def predict(self, testset):
            return answer(len(testset)) if len(testset) == 100 else np.zeros(len(testset)), *[0] * 3

    (reason,) = reasons(Odd, block("binary"))
    assert re.search(says, reason)


def test_features_that_are_not_finite_and_absent_classes_fail_before_any_fit() -> None:
    given = block("binary")
    given.features[0, 5, 0, 2] = float("nan")
    assert reasons(LDA, given) == {"features are not finite in 1 of 300 rows"}
    whole = block("binary")
    fold = whole.labellings[0].folds[0]
    targets = whole.labellings[0].targets.copy()
    targets[fold.train] = 0
    lone = Labelling("", 0, targets, (fold,), whole.labellings[0].inner[:1], 0)
    odd = Block(whole.features, (lone,), whole.groups, "binary", 2, "standard")
    assert reasons(LDA, odd) == {"class 1 has no training texts"}


def test_the_constructor_gets_what_it_names_and_the_parameters() -> None:
    class Curious(SingleStepOpt):
        def __init__(self, input_size, n_outputs, task, seed, depth=1):
            super().__init__()
            seen.append((input_size, n_outputs, task, depth))
            seeds.append(seed)
            self.classifier = LogisticRegression()

    seen: list[Any] = []
    seeds: list[int] = []
    fits(Curious, block("multiclass"), depth=4)
    assert set(seen) == {(8, 3, "multiclass", 4)} and len(set(seeds)) == 3
    fits(Curious, block("binary"))
    assert seen[-1] == (8, 1, "binary", 1)


def test_parameters_are_checked_against_the_constructor() -> None:
    with pytest.raises(SpecError, match="no parameter 'max_epochs'; did you mean 'max_epoch'"):
        Looped(Softmax, {"max_epochs": 3})
    with pytest.raises(SpecError, match="it takes no parameters"):
        Looped(LDA, {"depth": 3})

    class Needs(SingleStepOpt):
        def __init__(self, depth):
            super().__init__()

    with pytest.raises(SpecError, match="Needs needs 'depth'"):
        Looped(Needs)


def test_the_same_seed_gives_the_same_scores_whatever_was_drawn_before() -> None:
    first = fits(Softmax, block("multiclass"))
    torch.manual_seed(99)
    np.random.seed(99)
    second = fits(Softmax, block("multiclass"))
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.test_scores, two.test_scores)


def test_random_states_of_the_program_are_left_alone() -> None:
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    expected = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    fits(SingleLayer, block("binary"))
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected


def test_a_fit_does_not_depend_on_the_layers_beside_it() -> None:
    alone = fits(SingleLayer, block("binary"))
    beside = fits(SingleLayer, block("binary", n_layers=2))
    for one, two in zip(alone, beside[3:], strict=True):
        np.testing.assert_array_equal(one.test_scores, two.test_scores)


def test_several_samples_of_a_text_are_rows_of_their_own() -> None:
    given = block("binary", n_samples=3)
    for one in fits(LDA, given):
        fold = given.labellings[0].folds[one.fold]
        assert len(one.test_scores) == 3 * len(fold.test)
        assert (one.test_scores.reshape(-1, 3).std(axis=1) < 1e-9).all()


def test_an_empty_validation_part_leaves_the_natural_threshold() -> None:
    X, targets = data("binary")
    folds = make_folds(targets, np.arange(300), "binary", n_folds=3, val_size=0)
    inner = tuple(np.zeros(len(fold.train), dtype=np.int64) for fold in folds)
    features = torch.from_numpy(X).float()[None, :, None]
    labelling = Labelling("", 0, targets, folds, inner, 1)
    given = Block(features, (labelling,), np.arange(300), "binary", 2, "standard")
    for one in fits(SingleLayer, given):
        assert one.held_out is None and one.decision is None
        fold = folds[one.fold]
        expected = (targets[fold.test] == (one.test_scores > 0)).mean()
        assert metrics(one, given)["accuracy"] == pytest.approx(expected)


def test_training_stops_early_and_keeps_the_best_weights() -> None:
    train, val, _ = parts("binary")
    noise = FeatureSet(val.features, 1 - val.targets)
    torch.manual_seed(0)
    probe = SingleLayer(8)
    probe.fit(train, noise, classification=True)
    assert probe.n_epochs_ <= 1 + probe.patience
    longer = SingleLayer(8)
    longer.fit(train, val, classification=True)
    assert longer.n_epochs_ > probe.n_epochs_
    losses = []

    class Watches(SingleLayer):
        def test_step(self, X, y, val):
            loss = super().test_step(X, y, val)
            if val:
                losses.append(float(loss))
            return loss

    watching = Watches(8)
    watching.fit(train, noise, classification=True)
    X, y = torch.tensor(noise.features).float(), torch.tensor(noise.targets)
    assert float(watching.test_step(X, y, True)) == pytest.approx(min(losses))


def test_a_users_own_training_step_and_optimizer_are_used() -> None:
    class Own(SingleLayer):
        def init_optimizer(self, classification):
            self.optimizer = torch.optim.SGD(self.parameters(), lr=0.5)
            called.add("init")

        def training_step(self, X, y):
            called.add("step")
            assert X.dtype == torch.float32 and len(X) == len(y) <= 128
            return super().training_step(X, y)

    called: set[str] = set()
    fits(Own, block("binary"))
    assert called == {"init", "step"}


def test_one_batch_holds_the_whole_training_set() -> None:
    class Counts(SingleLayer):
        def training_step(self, X, y):
            sizes.add(len(X))
            return super().training_step(X, y)

    sizes: set[int] = set()
    train, val, _ = parts("binary")
    Counts(8).fit(train, val, None, True, True)
    assert sizes == {200}


def test_a_module_may_be_called_classifier() -> None:
    class Named(MultiStepOpt):
        def __init__(self, input_size):
            super().__init__()
            self.classifier = nn.Linear(input_size, 1)

        def forward(self, X):
            return self.classifier(X)

    assert metrics(fits(Named, block("binary"))[0], block("binary"))["auroc"] > 0.85


def test_sets_are_read_item_by_item_where_they_hold_no_arrays() -> None:
    train, val, test = parts("binary")
    plain = [[(torch.tensor(x), int(y)) for x, y in one] for one in (train, val, test)]
    whole, bare = LDA(8), LDA(8)
    whole.fit(train, val)
    bare.fit(plain[0], plain[1])
    whole.set_thresholds(val)
    bare.set_thresholds(plain[1])
    for one, two in zip(whole.predict(test), bare.predict(plain[2]), strict=True):
        np.testing.assert_allclose(one, two)


def test_regression_predicts_scores_and_targets() -> None:
    train, val, test = parts("regression")

    class Line(SingleStepOpt):
        def __init__(self):
            super().__init__()
            self.classifier = Ridge()

    probe = Line()
    probe.fit(train, val, classification=False)
    probe.set_thresholds(val)
    scores, targets = probe.predict(test)
    np.testing.assert_allclose(scores, clone(Ridge()).fit(*_pair(train)).predict(test.features))
    assert (targets == test.targets).all()


def _pair(one: FeatureSet) -> tuple[Any, Any]:
    return one.features, one.targets


def test_what_does_not_converge_is_flagged() -> None:
    class Short(SingleStepOpt):
        def __init__(self):
            super().__init__()
            self.classifier = SGDClassifier(max_iter=1, tol=1e-9)

    assert all(one.flags == ("not converged",) for one in fits(Short, block("binary")))
    assert all(one.flags == () for one in fits(LDA, block("binary")))


def test_steps_are_quantiles_and_none_tries_all() -> None:
    train, val, _ = parts("binary")
    exact = LDA(8)
    exact.n_steps = None
    for probe in (exact, LDA(8)):
        probe.fit(train, val)
        probe.set_thresholds(val)
    coarse = LDA(8)
    coarse.n_steps = 2
    coarse.fit(train, val)
    coarse.set_thresholds(val)
    reached = [(one.predict(val)[1] == val.targets).mean() for one in (coarse, exact)]
    assert reached[0] < reached[1]


def test_wrong_outputs_are_an_error_of_the_cell() -> None:
    train, val, _ = parts("regression")
    with pytest.raises(CellError, match="3 outputs for a number"):
        Softmax(8, 3).fit(train, val, classification=False)
