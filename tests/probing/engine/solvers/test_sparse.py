"""L1 and elastic net: the optimality conditions hold, and scikit-learn finds the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet as Reference
from sklearn.linear_model import LogisticRegression

from probing.engine.classifiers.builtin import sparse
from probing.engine.classifiers.builtin.sparse import ElasticNet, SparseLogistic
from probing.engine.solvers.penalised.losses import Bernoulli, Loss, Softmax
from probing.engine.solvers.penalised.squared_losses import Squared
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.sparse.exact_solve import solve_sparse
from probing.engine.solvers.sparse.orthant_lbfgs import Method
from probing.engine.solvers.sparse.problems import SparseDesign
from probing.engine.solvers.sparse.strength_choice import ElasticNetPenalty
from probing.errors import SpecError
from tests.support.solver_cases import (
    KINDS,
    block,
    class_targets,
    features,
    fits,
    fold_data,
    labelling,
)

KINDS = (*KINDS, "duplicated")
CS = (1e-3, 0.05, 1.0, 100.0, 1e4)


def design_matrix(kind, targets, seed):
    if kind != "duplicated":
        return features(kind, targets, seed)
    X = features("plain", targets, seed)
    return np.hstack([X, X[:, :4]])


def residuals(task, logits, targets):
    """The derivative of the loss of every row by its logits `[n, k]`."""
    if task == "regression":
        return logits - targets[:, None]
    if task == "binary":
        return 1 / (1 + np.exp(-logits)) - targets[:, None]
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True) - np.eye(logits.shape[1])[targets]


def violation(X, targets, task, W, c, l1, l2):
    """The largest violation of the optimality conditions as a share of the loss's gradient.

    For rows `X` as the model sees them, weights `W` `[d, k]` and the mean loss.
    """
    errors = residuals(task, X @ W + c, targets)
    pull = X.T @ errors / len(X)
    gradient = pull + l2 * W
    missed = np.where(W != 0, np.abs(gradient + l1 * np.sign(W)), np.abs(gradient) - l1)
    worst = max(missed.max(), 0.0, np.abs(errors.mean(0)).max())
    return worst / max(np.abs(pull).max(), l1)


def loss_of(task, n_classes) -> tuple[Loss, int]:
    if task == "regression":
        return Squared(), 1
    return (Bernoulli(), 1) if n_classes == 2 else (Softmax(n_classes), n_classes)


# the same draws every time: about one in some thousands misses at the weakest penalty (constant
# columns, seed 45), where the gradient at the solution is itself near rounding
@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(["binary", "multiclass", "regression"]),
    st.sampled_from([1.0, 0.5, 0.05]),
    st.booleans(),
    st.integers(0, 99),
)
def test_optimality_conditions_hold_for_all_problems_of_a_batch(kind, task, l1_ratio, scaled, seed):
    n_classes = 3 if task == "multiclass" else 2
    targets = class_targets(kind, n_classes, seed, n_each=30)
    X = design_matrix(kind, targets, seed)
    if task == "regression":
        targets = X[:, 0] / 3 + targets + np.random.default_rng(seed).standard_normal(len(X))
    outside = np.arange(len(X)) % 3 == np.arange(3)[:, None]
    inner = torch.from_numpy(np.where(outside, -1, 0))
    sets = TrainingSets(torch.from_numpy(targets).expand(3, -1), inner)
    rows = standardised(Rows(torch.from_numpy(X)), scaled=scaled)
    deviations = subset_moments(rows, sets.masks).deviation if scaled else None
    design = SparseDesign.of(rows, deviations, len(sets))
    strengths = torch.tensor(CS, dtype=torch.float64).repeat_interleave(3)
    of_set = torch.arange(3).repeat(len(CS))
    penalty = ElasticNetPenalty(l1_ratio, summed=True)
    problems = penalty.problems(sets, sets.masks[of_set], of_set, strengths)
    loss, _ = loss_of(task, n_classes)
    found = solve_sparse(design, loss, problems, None)
    whole = X.std(0) if scaled else np.ones(X.shape[1])
    whole = np.where(np.ptp(X, axis=0) == 0, 1, whole)
    for at, (which, C) in enumerate(zip(of_set.tolist(), strengths.tolist(), strict=True)):
        rows = ~outside[which]
        own = X[rows]
        unit = own.std(0) if scaled else np.ones(X.shape[1])
        unit = np.where(np.ptp(own, axis=0) == 0, whole, unit)
        seen = (own - own.mean(0)) / unit
        V = found.weights[at, :, :-1].T.numpy() / whole[:, None]
        shift = (own.mean(0) - X.mean(0)) @ V
        size = 1 / C / rows.sum()
        missed = violation(
            seen,
            targets[rows],
            task,
            V * unit[:, None],
            found.weights[at, :, -1].numpy() + shift,
            size * l1_ratio,
            size * (1 - l1_ratio),
        )
        told = float(found.violation[at])
        assert abs(missed - told) < 1e-6 + 0.1 * missed
        # with more features than rows and hardly a penalty some take too long, and are told
        assert told <= 1e-6 or (kind == "wide" and C >= 100), (C, which)


def reference(train, wanted, C, l1_ratio):
    """scikit-learn's fit, and by how much it misses the optimality conditions.

    saga stops while all weights are zero, whether they should be and the intercept is right or not.
    """
    model = LogisticRegression(C=C, l1_ratio=l1_ratio, solver="saga", tol=1e-9, max_iter=20000)
    model.fit(train, wanted)
    task = "binary" if len(model.classes_) == 2 else "multiclass"
    parts = (
        model.coef_.T,
        model.intercept_,
        l1_ratio / C / len(train),
        (1 - l1_ratio) / C / len(train),
    )
    return model, violation(train, wanted, task, *parts)


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(["plain", "wide", "imbalanced", "separable", "constant", "tiny"]),
    st.sampled_from([2, 3]),
    st.sampled_from([1.0, 0.5]),
    st.integers(0, 99),
)
def test_probabilities_are_those_of_scikit_learn(kind, n_classes, l1_ratio, seed):
    targets = class_targets(kind, n_classes, seed)
    one = block(features(kind, targets, seed), labelling(targets, 2))
    for fit in fits(SparseLogistic(C=0.2, l1_ratio=l1_ratio).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        assert fit.chosen["violation"] <= 1e-6
        model, missed = reference(train, wanted, 0.2, l1_ratio)
        if missed > 1e-5:
            continue
        expected = model.predict_proba(test)
        expected = expected[:, 1] if n_classes == 2 else expected
        np.testing.assert_allclose(fit.probabilities, expected, atol=1e-5)
        assert fit.n_params == (train.shape[1] + 1) * (1 if n_classes == 2 else n_classes)
        if l1_ratio == 1:
            assert fit.chosen["n_nonzero"] == (np.abs(model.coef_) > 1e-7).any(0).sum()
        assert not fit.flags


@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
@pytest.mark.parametrize("kind", ["plain", "wide", "collinear", "constant", "tiny"])
def test_predictions_are_those_of_scikit_learn(kind, l1_ratio):
    X = features(kind, class_targets(kind, 2, 3), 3)
    targets = 100 + 7 * (X[:, 0] + X[:, -1] + np.random.default_rng(0).standard_normal(len(X)))
    one = block(X, labelling(targets, 3))
    for fit in fits(ElasticNet(alpha=0.05, l1_ratio=l1_ratio).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        unit = wanted.std()
        model = Reference(alpha=0.05, l1_ratio=l1_ratio, tol=1e-10, max_iter=100000)
        model.fit(train, (wanted - wanted.mean()) / unit)
        expected = model.predict(test) * unit + wanted.mean()
        np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-5)
        assert fit.chosen["alpha"] == pytest.approx(0.05)


def squared_errors(train, wanted, inner, alphas):
    """Over the inner folds, by scikit-learn; the targets are in units of their deviation."""
    losses = np.zeros(len(alphas))
    for fold in np.unique(inner):
        out = inner == fold
        # from the solution of the stronger penalty it is not far
        model = Reference(l1_ratio=0.5, tol=1e-8, max_iter=200000, warm_start=True)
        for at, alpha in enumerate(alphas):
            model.set_params(alpha=alpha).fit(train[~out], wanted[~out])
            found = model.predict(train[out])
            losses[at] += ((found - wanted[out]) ** 2).sum()
    return losses


@pytest.mark.parametrize("kind", ["plain", "wide", "constant", "outlier"])
def test_alpha_has_the_least_squared_error_over_the_inner_folds(kind):
    X = features(kind, class_targets(kind, 2, 5, n_each=30), 5)
    targets = X[:, 0] + X[:, -1] + 9 * np.random.default_rng(0).standard_normal(len(X))
    one = block(X, labelling(targets, 2))
    alphas = np.logspace(0, -4, 9)
    for fit in fits(ElasticNet().fit(one)):
        train, wanted, inner, _, _ = fold_data(one, fit)
        losses = squared_errors(train, (wanted - wanted.mean()) / wanted.std(), inner, alphas)
        assert fit.chosen["alpha"] == pytest.approx(alphas[losses.argmin()])
        assert ("alpha at the grid's edge" in fit.flags) == (losses.argmin() in (0, 8))
        assert "not converged" not in fit.flags


def log_losses(train, wanted, inner, Cs):
    losses = np.zeros(len(Cs))
    for at, C in enumerate(Cs):
        for fold in np.unique(inner):
            out = inner == fold
            model, _ = reference(train[~out], wanted[~out], C, 1.0)
            found = model.predict_proba(train[out])
            if not model.coef_.any():
                found[:] = np.bincount(wanted[~out]) / (~out).sum()
            losses[at] -= np.log(found[np.arange(out.sum()), wanted[out]]).sum()
    return losses


@pytest.mark.parametrize(("kind", "n_classes"), [("plain", 2), ("plain", 3), ("wide", 2)])
def test_the_strength_has_the_least_log_loss_over_the_inner_folds(kind, n_classes):
    targets = class_targets(kind, n_classes, 4, n_each=30)
    noise = np.random.default_rng(0).permutation(features(kind, targets, 5))
    one = block(features(kind, targets, 4) + 2 * noise, labelling(targets, 2))
    Cs = np.logspace(-4, 4, 10)[:6]
    for fit in fits(SparseLogistic().fit(one)):
        train, wanted, inner, _, _ = fold_data(one, fit)
        losses = log_losses(train, wanted, inner, Cs)
        level = np.flatnonzero(losses <= losses.min() * (1 + 1e-6))[0]
        assert fit.chosen["C"] == pytest.approx(Cs[level])
        assert fit.flags == (() if level else ("C at the grid's edge",))


def test_equal_strengths_go_to_the_stronger_penalty():
    targets = class_targets("plain", 2, 2)
    noise = np.random.default_rng(0).standard_normal((len(targets), 5))
    one = block(noise, labelling(targets, 2))
    for fit in fits(SparseLogistic(Cs=3).fit(one)):
        assert fit.chosen["C"] == pytest.approx(1e-4)
        assert fit.chosen["n_nonzero"] == 0
        assert fit.flags == ("C at the grid's edge",)


def test_memory_sets_the_size_of_blocks_and_no_result(monkeypatch):
    targets = class_targets("plain", 3, 2)
    one = block(features("plain", targets, 2), labelling(targets, 3))
    at_once = {fit.fold: fit for fit in fits(SparseLogistic().fit(one))}
    monkeypatch.setattr("probing.engine.solvers.rows.memory_budget._CPU_BYTES", 1)
    for fit in fits(SparseLogistic().fit(one)):
        np.testing.assert_allclose(fit.test_scores, at_once[fit.fold].test_scores, atol=1e-6)
        assert fit.chosen["C"] == at_once[fit.fold].chosen["C"]


def test_what_is_not_solved_says_so(monkeypatch):
    targets = class_targets("plain", 2, 2)
    one = block(features("plain", targets, 2), labelling(targets, 2))
    for method in ("ROUGH", "_NEWTON", "_ON_PATH", "_LAST"):
        monkeypatch.setattr(f"probing.engine.solvers.sparse.exact_solve.{method}", Method(1e-9, 1))
    for fit in fits(SparseLogistic(C=1.0).fit(one)):
        assert fit.chosen["violation"] > 1e-6
        assert "not converged" in fit.flags


@pytest.mark.parametrize("l1_ratio", [0, 1.5, True, "all"])
@pytest.mark.parametrize("cls", [sparse.SparseLogistic, sparse.ElasticNet])
def test_a_share_of_l1_outside_its_range_is_refused(cls, l1_ratio):
    with pytest.raises(SpecError, match="l1_ratio"):
        cls(l1_ratio=l1_ratio)
