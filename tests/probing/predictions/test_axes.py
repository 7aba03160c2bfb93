"""The axes of activations, against scikit-learn; held-out texts have no part in them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from probing.errors import RunError
from probing.predictions.axes import project

N, D = 300, 40


def blobs(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(n_classes)
    targets = draw.integers(0, n_classes, N)
    means = draw.normal(size=(n_classes, D)) * 2
    mixed = draw.normal(size=(D, D)) / 3
    return (means[targets] + draw.normal(size=(N, D)) @ mixed).astype(np.float32), targets


def same(a: np.ndarray, b: np.ndarray) -> float:
    return abs(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize("shape", [(N, D), (30, D)])
def test_principal_axes_are_those_of_scikit_learn(shape: tuple[int, int]) -> None:
    X, y = blobs(3)
    X, y = X[: shape[0]], y[: shape[0]]
    found = project(X, y, "principal", None, None)
    expected = PCA(2, svd_solver="full").fit(X.astype(np.float64))
    points = expected.transform(X.astype(np.float64))
    assert same(found.points[:, 0], points[:, 0]) == pytest.approx(1, abs=1e-6)
    assert same(found.points[:, 1], points[:, 1]) == pytest.approx(1, abs=1e-6)
    assert found.shares == pytest.approx(tuple(expected.explained_variance_ratio_), rel=1e-6)
    assert found.fold is None and len(found.points) == len(X)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_discriminant_axes_are_those_of_scikit_learn(n_classes: int) -> None:
    X, y = blobs(n_classes)
    tested = np.arange(0, N, 3)
    found = project(X, y, "discriminant", tested, 0)
    train = np.setdiff1d(np.arange(N), tested)
    Z = X.astype(np.float64)
    pca = PCA(D, svd_solver="full").fit(Z[train])
    lda = LinearDiscriminantAnalysis(solver="eigen").fit(pca.transform(Z[train]), y[train])
    expected = lda.transform(pca.transform(Z[tested]))
    for at in range(min(2, n_classes - 1)):
        assert same(found.points[:, at], expected[:, at]) == pytest.approx(1, abs=1e-4)
    assert (found.rows == tested).all() and found.n_fitted == len(train) and found.fold == 0
    if n_classes == 2:  # the positive class lies to the right
        own = found.points[:, 0]
        assert own[y[tested] == 1].mean() > own[y[tested] == 0].mean()


@pytest.mark.parametrize("kind", ["discriminant", "principal"])
def test_held_out_texts_have_no_part_in_the_axes(kind: str) -> None:
    X, y = blobs(2)
    tested = np.arange(0, 60)
    before = project(X, y, kind, tested, 0)
    moved = X.copy()
    moved[1:60] += 50
    after = project(moved, np.where(np.arange(N) < 60, 1 - y, y), kind, tested, 0)
    assert after.points[0] == pytest.approx(before.points[0])
    assert not np.allclose(after.points[1], before.points[1])


def test_numbers_lie_along_the_direction_of_least_squares() -> None:
    X, _ = blobs(2)
    target = X[:, 3] * 2.0 + 1
    found = project(X, target.astype(np.float64), "discriminant", np.arange(100), 2)
    assert same(found.points[:, 0], target[:100]) == pytest.approx(1, abs=1e-3)


def test_one_point_has_no_axes() -> None:
    with pytest.raises(RunError, match="one point or on one line"):
        project(np.ones((20, 5), np.float32), np.arange(20) % 2, "principal", None, None)
