"""LEACE and the projections against what they promise of the rows they are fitted on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression, Ridge

from probing.engine.interventions.edits import Affine
from probing.engine.interventions.erasers import (
    leace,
    mean_projection,
    random_projection,
    rank_of,
    targets_of,
)

Numbers = NDArray[np.float64]


def applied(eraser: Affine, X: Numbers) -> Numbers:
    return eraser(torch.from_numpy(X).float()).double().numpy()


def rows(n: int, d: int, k: int, seed: int = 0) -> tuple[Numbers, NDArray[np.int64]]:
    """Correlated features of very different sizes, which tell of `k` unequal classes."""
    draw = np.random.default_rng(seed)
    labels = np.minimum(draw.geometric(0.4, n) - 1, k - 1)
    mixed = (
        draw.standard_normal((n, d)) @ draw.standard_normal((d, d)) * 10 ** draw.uniform(-1, 1, d)
    )
    return mixed + 3 * draw.standard_normal((k, d))[labels], labels


@pytest.mark.parametrize(("n", "d", "k"), [(200, 8, 2), (200, 8, 4), (30, 50, 3)])
def test_after_leace_no_linear_classifier_beats_the_majority_on_its_rows(
    n: int, d: int, k: int
) -> None:
    X, y = rows(n, d, k)
    majority = np.bincount(y).max() / n
    plain = LogisticRegression(C=1e6, max_iter=5000).fit(X, y).score(X, y)
    assert plain > majority + 0.1
    eraser = leace(X, targets_of(y, "multiclass", k))
    erased = applied(eraser, X)
    scaled = (erased - erased.mean(0)) / erased.std(0)
    after = LogisticRegression(C=1e6, max_iter=5000, tol=1e-8).fit(scaled, y)
    assert after.score(scaled, y) <= majority + 1e-9
    assert rank_of(eraser) == k - 1
    means = np.stack([erased[y == at].mean(0) for at in range(k)])
    np.testing.assert_allclose(means, np.broadcast_to(X.mean(0), means.shape), atol=1e-3 * X.std())


def test_leace_is_the_oblique_projection_of_its_theorem_and_moves_rows_least() -> None:
    """W⁻¹ P W with W the whitening of the shrunk covariance."""
    X, y = rows(300, 6, 3)
    Z = targets_of(y, "multiclass", 3)
    eraser = leace(X, Z)
    x, z = X - X.mean(0), Z - Z.mean(0)
    values, vectors = np.linalg.eigh(ledoit_wolf(X)[0])
    W = vectors / np.sqrt(values) @ vectors.T
    whitened = W @ (x.T @ z / len(x))
    U = np.linalg.svd(whitened, full_matrices=False)[0][:, :2]
    told = X - x @ W @ U @ U.T @ np.linalg.inv(W)
    np.testing.assert_allclose(applied(eraser, X), told, atol=1e-3)
    moved = ((applied(eraser, X) - X) ** 2).sum(0)
    other = ((applied(mean_projection(X, Z), X) - X) ** 2).sum(0)
    assert moved.sum() < other.sum()


def test_a_number_is_erased_too() -> None:
    X, _ = rows(200, 8, 2)
    y = X @ np.arange(1.0, 9.0) + np.random.default_rng(1).normal(size=200)
    erased = applied(leace(X, targets_of(y, "regression", 0)), X)
    assert Ridge(1e-6).fit(X, y).score(X, y) > 0.9
    scaled = (erased - erased.mean(0)) / X.std(0)
    assert Ridge(1.0).fit(scaled, y).score(scaled, y) < 1e-3


def test_mean_projection_leaves_class_means_alike_and_a_random_one_does_not() -> None:
    X, y = rows(200, 8, 3)
    Z = targets_of(y, "multiclass", 3)
    erased = applied(mean_projection(X, Z), X)
    means = np.stack([erased[y == at].mean(0) for at in range(3)])
    np.testing.assert_allclose(means, np.broadcast_to(X.mean(0), means.shape), atol=1e-3 * X.std())
    random = random_projection(X, 2, 0)
    assert rank_of(random) == 2
    plain = applied(random, X)
    assert not np.allclose(plain[y == 0].mean(0), plain[y == 1].mean(0), atol=0.5)
    np.testing.assert_allclose(applied(random, plain), plain, atol=1e-3)
