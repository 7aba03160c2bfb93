"""Sparse probes: what ranks the features, by hand and by scikit-learn, and the probe on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mutual_info_score, roc_auc_score
from sklearn.svm import l1_min_c

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load
from probing.engine.classifiers.builtin.k_sparse import RANKINGS
from probing.engine.solvers.selection.forward import forward_selection
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, fold_data, labelling
from tests.support.solver_cases import fits as fits_of

D = 14


def case(n_classes: int = 2, scale: str = "standard", ties: bool = False, n: int = 90) -> Block:
    rng = np.random.default_rng(3)
    targets = rng.permutation(np.arange(n) % n_classes)
    X = rng.standard_normal((n, D))
    X[:, :5] += np.outer(targets == 1, [1.6, 0.8, 0, 0.4, 0])
    X[:, 3:6] += np.outer(targets == n_classes - 1, [0.2, 0.9, 1.4])
    X[:, 6] = X[:, 0] + 0.3 * rng.standard_normal(n)
    X *= np.logspace(-0.5, 0.5, D)
    return block(np.round(X) if ties else X, labelling(targets, 3, val_size=0), scale=scale)


def fitted(one: Block, **parameters: Any) -> list[FoldFit]:
    return fits_of(load(ClassifierSpec("KSparse", parameters)).fit(one))


def by_hand(by: str, one: Block, fit: FoldFit) -> np.ndarray:
    """The score of every feature on the training rows."""
    X, y, *_ = fold_data(one, fit)
    classes = np.unique(y)
    if by == "mean_difference":
        shares = np.array([(y == c).mean() for c in classes])
        means = np.array([X[y == c].mean(0) for c in classes])
        return np.sqrt((shares[:, None] * (means - X.mean(0)) ** 2).sum(0))
    if by == "auroc":
        each = classes[1:] if len(classes) == 2 else classes
        return np.mean([[abs(2 * roc_auc_score(y == c, x) - 1) for x in X.T] for c in each], axis=0)
    if by == "mutual_information":
        ranks = np.array([[(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x] for x in X.T])
        bins = np.minimum((ranks - 0.5) * 8 // len(X), 7)
        return np.array([mutual_info_score(y, one) for one in bins])
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(X, y)
    about = model.coef_ - model.coef_.mean(0) if len(classes) > 2 else model.coef_
    return np.linalg.norm(about, axis=0)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("by", ["mean_difference", "auroc", "mutual_information", "weight"])
def test_features_are_ranked_as_by_hand(by: str, n_classes: int, ties: bool) -> None:
    one = case(n_classes, ties=ties)
    for fit in fitted(one, k=D, by=by):
        scores = by_hand(by, one, fit)
        assert fit.neurons is not None and sorted(fit.neurons.places) == list(range(D))
        tolerance = 1e-4 if by == "weight" else 1e-9
        np.testing.assert_allclose(fit.neurons.scores, scores[fit.neurons.places], atol=tolerance)
        assert (np.diff(fit.neurons.scores) <= 1e-12).all()


@pytest.mark.parametrize("by", RANKINGS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_probe_is_a_logistic_regression_on_the_chosen_features(by: str, n_classes: int) -> None:
    one = case(n_classes)
    for fit in fitted(one, k=3, by=by, C=0.5):
        X, y, _, tested, _ = fold_data(one, fit)
        assert fit.neurons is not None and len(fit.neurons.places) == 3
        chosen = fit.neurons.places
        oracle = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(X[:, chosen], y)
        shares = oracle.predict_proba(tested[:, chosen])
        own = shares[:, 1] if n_classes == 2 else shares
        np.testing.assert_allclose(fit.probabilities, own, atol=1e-5)
        assert (fit.held_out is not None) == (n_classes == 2)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_strength_has_the_least_log_loss_over_the_inner_folds(n_classes: int) -> None:
    one = case(n_classes)
    for fit in fitted(one, k=3):
        assert fit.neurons is not None
        X, y, inner, tested, _ = fold_data(one, fit)
        X, tested = X[:, fit.neurons.places], tested[:, fit.neurons.places]
        losses = []
        for C in np.logspace(-4, 4, 10):
            model = LogisticRegression(C=C, tol=1e-10, max_iter=10_000)
            parts = [(inner != at, inner == at) for at in np.unique(inner)]
            shares = [model.fit(X[kept], y[kept]).predict_proba(X[out]) for kept, out in parts]
            truth = [y[out] for _, out in parts]
            losses.append(
                sum(log_loss(*two, normalize=False) for two in zip(truth, shares, strict=True))
            )
        assert fit.chosen["C"] == pytest.approx(np.logspace(-4, 4, 10)[int(np.argmin(losses))])
        whole = LogisticRegression(C=fit.chosen["C"], tol=1e-10, max_iter=10_000).fit(X, y)
        expected = whole.predict_proba(tested)
        own = expected[:, 1] if n_classes == 2 else expected
        np.testing.assert_allclose(fit.probabilities, own, atol=1e-5)


def test_forward_selection_takes_what_explains_most_of_what_is_left() -> None:
    rng = np.random.default_rng(0)
    A, Y = rng.standard_normal((40, 12)), rng.standard_normal((40, 2))
    A -= A.mean(0)
    Y = Y - Y.mean(0) + A[:, [1, 7]] @ rng.standard_normal((2, 2)) * 2
    chosen: list[int] = []
    left = [float((Y**2).sum())]
    for _ in range(8):
        errors = {}
        for j in set(range(12)) - set(chosen):
            columns = A[:, [*chosen, j]]
            fit = np.linalg.lstsq(columns, Y, rcond=None)[0]
            errors[j] = float(((Y - columns @ fit) ** 2).sum())
        chosen.append(min(errors, key=errors.__getitem__))
        left.append(errors[chosen[-1]])
    for k in (8, 1):  # by all products at once, or by those that are needed
        order, gains = forward_selection(torch.from_numpy(A), torch.from_numpy(Y), k)
        assert order.tolist() == chosen[:k]
        np.testing.assert_allclose(gains, -np.diff(left)[:k] / 40, atol=1e-10)
    A[:, 4] = A[:, 1] + A[:, 2]  # follows from two others
    order, gains = forward_selection(torch.from_numpy(A), torch.from_numpy(Y), 12)
    assert sorted(order.tolist()) == list(range(12)) and gains[-1] == 0


def test_features_enter_as_the_penalty_of_scikit_learns_path_falls() -> None:
    one = case()
    for fit in fitted(one, k=5, by="l1"):
        X, y, *_ = fold_data(one, fit)
        least = l1_min_c(X, y, loss="log", intercept_scaling=1e6)
        entered: list[int] = []
        model = LogisticRegression(
            penalty="l1", solver="saga", tol=1e-8, max_iter=20_000, warm_start=True
        )
        for at in range(1, 30):
            model.set_params(C=least * 1.25**at).fit(X, y)
            size = np.abs(model.coef_[0])
            new = [j for j in np.argsort(-size, kind="stable") if size[j] > 1e-6]
            entered += [int(j) for j in new if j not in entered]
            if len(entered) >= 5:
                break
        assert fit.neurons is not None and fit.neurons.places.tolist() == entered[:5]


@pytest.mark.parametrize("by", RANKINGS)
def test_test_rows_do_not_steer_what_is_chosen(by: str) -> None:
    one = case()
    fold = one.labellings[0].folds[0]
    before = fitted(one, k=4, by=by)[0]
    one.features[0, fold.test[1:]] *= 1e3
    after = next(fit for fit in fitted(one, k=4, by=by) if fit.fold == 0)
    assert before.neurons is not None and after.neurons is not None
    assert after.neurons.places.tolist() == before.neurons.places.tolist()
    np.testing.assert_allclose(after.test_scores[:1], before.test_scores[:1], rtol=1e-6)


def test_more_features_than_there_are_is_all_of_them() -> None:
    fit = fitted(case(), k=100)[0]
    assert fit.neurons is not None and len(fit.neurons.places) == D
    assert f"all {D} features are used" in fit.flags and fit.chosen["k"] == D
