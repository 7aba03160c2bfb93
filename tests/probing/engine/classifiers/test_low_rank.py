"""Probes through r directions against what they are at full rank, and against brute force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load
from probing.engine.classifiers.builtin.families.full_rank import FullRank
from probing.engine.experiment.saved_probes.whole_fold import _copied, whole_fold
from probing.engine.shared_values import Memo
from probing.engine.solvers.low_rank.multinomial import fit_low_rank, objective
from probing.engine.solvers.low_rank.reduced_rank import reduced_rank, ridge_weights
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, fits, labelling

K = 4


def data(n: int = 120, d: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    targets = rng.permutation(np.arange(n) % K)
    plane = rng.standard_normal((2, d))
    corners = np.array([[0, 0], [1.5, 0.2], [0.3, 1.5], [1.5, 1.5]])
    return corners[targets] @ plane + rng.standard_normal((n, d)), targets


def case() -> Block:
    X, targets = data()
    return block(X, labelling(targets, 3, val_size=0))


def fitted(name: str, one: Block, **parameters: Any) -> list[FoldFit]:
    return sorted(fits(load(ClassifierSpec(name, parameters)).fit(one)), key=lambda fit: fit.fold)


@pytest.mark.parametrize(("n", "d"), [(60, 8), (12, 30)])
@pytest.mark.parametrize("alpha", [0.3, 20.0])
def test_reduced_rank_regression_is_the_best_of_its_rank(n: int, d: int, alpha: float) -> None:
    rng = np.random.default_rng(0)
    A, Y = rng.standard_normal((n, d)), rng.standard_normal((n, 5))
    A, Y = A - A.mean(0), Y - Y.mean(0) + A[:, :2] @ rng.standard_normal((2, 5))
    Y -= Y.mean(0)
    augmented = np.concatenate([A, np.sqrt(alpha) * np.eye(d)])
    full = np.linalg.lstsq(augmented, np.concatenate([Y, np.zeros((d, 5))]), rcond=None)[0]
    _, _, Vt = np.linalg.svd(augmented @ full)  # Eckart and Young, on the augmented rows
    given = torch.from_numpy(A), torch.from_numpy(Y)
    np.testing.assert_allclose(ridge_weights(*given, alpha), full, atol=1e-8)
    for rank in (1, 2, 4, 5):
        U, V = reduced_rank(*given, alpha, rank)
        expected = full @ Vt[:rank].T @ Vt[:rank]
        assert U.shape == (d, rank) and V.shape == (5, rank)
        np.testing.assert_allclose(U @ V.T, expected, atol=1e-8)


def test_at_full_rank_they_are_the_probes_of_all_directions() -> None:
    one = case()
    for loss, full in (("logistic", "LogisticRegression"), ("squared", "Ridge")):
        for fit, other in zip(
            fitted("LowRank", one, rank=K - 1, loss=loss), fitted(full, one), strict=True
        ):
            strength = "C" if loss == "logistic" else "alpha"
            assert fit.chosen[strength] == other.chosen[strength]
            np.testing.assert_allclose(fit.test_scores, other.test_scores, atol=2e-4)
            assert (fit.probabilities is not None) == (loss == "logistic")
            assert "not converged" not in fit.flags


@pytest.mark.parametrize("C", [0.05, 3.0])
def test_no_start_finds_a_better_probe_of_two_directions(C: float) -> None:
    X, targets = data()
    A, y = torch.from_numpy(X - X.mean(0)), torch.from_numpy(targets)
    Y = torch.nn.functional.one_hot(y, K).double()
    found = fit_low_rank(A, y, C, reduced_rank(A, Y - Y.mean(0), 1.0, 2))
    assert found.converged
    own = float(objective(A, y, found.directions, found.classes, found.intercepts, C))
    sizes = (A.shape[1] * 2, K * 2, K)

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(flat).requires_grad_()
        U, V, c = point.split(sizes)
        loss = objective(A, y, U.view(-1, 2), V.view(-1, 2), c, C)
        loss.backward()
        assert point.grad is not None
        return float(loss), point.grad.numpy()

    rng = np.random.default_rng(5)
    best = min(
        minimize(value, rng.standard_normal(sum(sizes)), jac=True, tol=1e-12).fun for _ in range(6)
    )
    assert own <= best + 1e-5 * abs(best)


@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_scores_vary_in_as_many_directions_as_allowed(loss: str) -> None:
    one = case()
    for rank in (1, 2):
        for fit in fitted("LowRank", one, rank=rank, loss=loss):
            scores = fit.test_scores if loss == "squared" else np.log(fit.probabilities)
            about = scores - scores.mean(1, keepdims=True)
            sizes = np.linalg.svd(about - about.mean(0), compute_uv=False)
            assert (sizes > 1e-6 * sizes[0]).sum() == rank
            assert fit.chosen["rank"] == rank
    wide = fitted("LowRank", one, rank=9, loss=loss)[0]
    assert f"rank {K - 1} is the largest of {K} classes" in wide.flags


def test_ranks_share_the_strengths_that_they_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = replace(case(), memo=Memo(), name="a layer")
    asked: list[int] = []
    chosen = FullRank._chosen
    monkeypatch.setattr(
        FullRank, "_chosen", lambda self, *given: asked.append(1) or chosen(self, *given)
    )
    for rank in (1, 2):
        apart = fitted("LowRank", case(), rank=rank)
        for fit, other in zip(fitted("LowRank", one, rank=rank), apart, strict=True):
            assert fit.chosen["C"] == other.chosen["C"]
            np.testing.assert_allclose(fit.test_scores, other.test_scores, atol=1e-6)
    assert len(asked) == 3  # apart each by itself, together the first alone
    targets = 3 - one.labellings[0].targets
    moved = replace(one, labellings=(replace(one.labellings[0], targets=targets),))
    fitted("LowRank", moved, rank=1)
    assert len(asked) == 4


def several_numbers(n: int = 90, d: int = 6, q: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    X = rng.standard_normal((n, d)) * [1, 2, 3, 1, 1, 0.5]
    shared = X @ rng.standard_normal((d, 2)) @ rng.standard_normal((2, q))
    return X, (shared + rng.standard_normal((n, q))) * [1, 50, 0.1] + [0, 3, -7]


def joint(X: np.ndarray, Y: np.ndarray, at: int) -> Block:
    """A block of one target, with the others beside it."""
    one = labelling(Y[:, at].copy(), 3, val_size=0)
    return block(X, replace(one, beside=np.delete(Y, at, axis=1)))


def by_hand(X: np.ndarray, Y: np.ndarray, train: np.ndarray, alpha: float, rank: int) -> np.ndarray:
    """Izenman's solution with a ridge: the fitted values of all targets, on their first axes."""
    X = X.astype(np.float32).astype(np.float64)
    A = (X - X[train].mean(0)) / X[train].std(0)
    mean, deviation = Y[train].mean(0), Y[train].std(0)
    own, d = A[train], X.shape[1]
    W = np.linalg.solve(own.T @ own + alpha * np.eye(d), own.T @ ((Y[train] - mean) / deviation))
    whitened = np.linalg.cholesky(own.T @ own + alpha * np.eye(d)).T @ W
    _, _, Vt = np.linalg.svd(whitened, full_matrices=False)
    return A @ W @ Vt[:rank].T @ Vt[:rank] * deviation + mean


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_numbers_asked_for_together_are_one_reduced_rank_regression(rank: int) -> None:
    X, Y = several_numbers()
    for at in range(3):
        one = joint(X, Y, at)
        for fit, fold in zip(
            fitted("LowRank", one, rank=rank, alpha=4.0), one.labellings[0].folds, strict=True
        ):
            expected = by_hand(X, Y, fold.train, 4.0, rank)[fold.test, at]
            np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-5, atol=1e-6)
    wide = fitted("LowRank", joint(X, Y, 0), rank=9, alpha=4.0)[0]
    assert "rank 3 is the largest of 3 targets" in wide.flags


def test_numbers_are_fitted_together_to_all_rows_too(tmp_path: Path) -> None:
    X, Y = several_numbers()
    one = joint(X, Y, 1)
    whole = whole_fold(one, tmp_path)
    (fit,) = fits(load(ClassifierSpec("LowRank", {"rank": 1, "alpha": 4.0})).fit(whole.block))
    rows = _copied(len(X), None)
    expected = by_hand(X, Y, np.arange(len(X)), 4.0, 1)[rows, 1]
    np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-5, atol=1e-6)


def test_all_directions_of_numbers_are_ridge_regression() -> None:
    X, Y = several_numbers()
    one = joint(X, Y, 1)
    for fit, other in zip(
        fitted("LowRank", one, rank=3, alpha=4.0), fitted("Ridge", one, alpha=4.0), strict=True
    ):
        np.testing.assert_allclose(fit.test_scores, other.test_scores, rtol=1e-6)


@pytest.mark.parametrize("n", [90, 900, 5])
def test_the_strength_of_numbers_is_that_of_least_error_of_all_inside(n: int) -> None:
    X, Y = several_numbers(max(n, 12))
    if n < 10:  # more features than rows
        X = np.concatenate([X] * 5, axis=1) + np.random.default_rng(0).standard_normal((12, 30))
    one = joint(X, Y, 0)
    for fit, fold, inner in zip(
        fitted("LowRank", one, rank=1), *vars_of(one.labellings[0]), strict=True
    ):
        A, mean, deviation = scaled(X, Y, fold.train)
        errors = [inner_errors(A, (Y - mean) / deviation, fold.train, inner, a) for a in ALPHAS]
        own = errors[int(np.abs(np.log(ALPHAS / fit.chosen["alpha"])).argmin())]
        assert own <= min(errors) * (1 + 1e-5) < max(errors)


ALPHAS = np.logspace(-3, 6, 10)


def vars_of(one: Any) -> tuple[Any, Any]:
    return one.folds, one.inner


def scaled(X: np.ndarray, Y: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, ...]:
    X = X.astype(np.float32).astype(np.float64)
    A = (X - X[train].mean(0)) / X[train].std(0)
    return A, Y[train].mean(0), Y[train].std(0)


def inner_errors(
    A: np.ndarray, Y: np.ndarray, train: np.ndarray, inner: np.ndarray, alpha: float
) -> float:
    """The squared errors of ridge regression on all targets over the inner folds."""
    total = 0.0
    for number in np.unique(inner):
        kept, out = train[inner != number], train[inner == number]
        about, mean = A[kept] - A[kept].mean(0), Y[kept].mean(0)
        K = about @ about.T + alpha * np.eye(len(kept))
        W = about.T @ np.linalg.solve(K, Y[kept] - mean)
        total += float((((A[out] - A[kept].mean(0)) @ W + mean - Y[out]) ** 2).sum())
    return total


def test_rows_that_lack_a_number_are_not_trained_on_but_tested() -> None:
    X, Y = several_numbers()
    gaps = Y.copy()
    gaps[::4, 2] = np.nan
    one = joint(X, gaps, 0)
    for fit, fold in zip(
        fitted("LowRank", one, rank=1, alpha=4.0), one.labellings[0].folds, strict=True
    ):
        kept = fold.train[fold.train % 4 != 0]
        expected = by_hand(X, Y, kept, 4.0, 1)[fold.test, 0]
        np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-5, atol=1e-6)
