"""Weights of linear classifiers against scikit-learn's `coef_` over its scale, and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load
from probing.engine.splits import Labelling, inner_folds, make_folds
from probing.spec import ClassifierSpec
from tests.support.solver_cases import briefly

LINEAR = ("LogisticRegression", "LDA", "LinearSVM", "Ridge", "MassMean", "SparseLogistic",
          "PCALogistic", "SingleLayer")  # fmt: skip
N = 90


def block_of(task: str, d: int, scale: str = "standard", seed: int = 0) -> Block:
    rng = np.random.default_rng(seed)
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    X = rng.standard_normal((N, d)) @ np.diag(np.geomspace(0.1, 30, d)) + 5
    targets: Any = rng.standard_normal(N) + X[:, 0] * 5
    if task != "regression":
        targets = rng.integers(0, n_classes, N)
        X[:, :3] += 0.2 * np.eye(3)[targets]
    groups = np.arange(N)
    folds = make_folds(targets, groups, task, n_folds=3, val_size=0.0, seed=1)
    inner = tuple(inner_folds(one.train, targets, groups, task, 1) for one in folds)
    features = torch.from_numpy(X.astype(np.float32))[None, :, None]
    labelling = Labelling("", 0, targets, folds, inner, 1)
    given: Any = (features, (labelling,), groups, task, n_classes, scale)
    return Block(*given, directs=True)


def fits_of(block: Block, name: str, **parameters: Any) -> list[FoldFit]:
    fits = list(load(ClassifierSpec(name, parameters), Path()).fit(block))
    assert all(isinstance(fit, FoldFit) for fit in fits), fits
    return fits  # type: ignore[return-value]


def rows_of(block: Block) -> Any:
    return block.features[0, :, 0].numpy().astype(np.float64)


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("d", [8, 150])
@pytest.mark.parametrize("name", LINEAR)
def test_scores_are_products_with_them(name: str, d: int, scale: str) -> None:
    """So they are in the units of the features, with the scale folded in."""
    block = block_of("binary", d, scale)
    X = rows_of(block)
    for fit in fits_of(block, name, **briefly(name)):
        assert fit.weights is not None and fit.weights.shape == (1, d)
        fold = block.labellings[0].folds[fit.fold]
        given = X[fold.test] @ fit.weights[0]
        off = (given - given.mean()) - (fit.test_scores - fit.test_scores.mean())
        # of some classifiers a multiple: a probe's direction is what is compared
        largest = np.abs(fit.test_scores - fit.test_scores.mean()).max()
        assert np.abs(off).max() < 1e-4 * largest + 1e-12  # a sparse one may use no feature


@pytest.mark.parametrize("d", [8, 150])
def test_they_are_scikit_learns_over_its_scale(d: int) -> None:
    references: dict[str, tuple[dict[str, Any], Any, str]] = {
        "LogisticRegression": (
            {"C": 0.5},
            LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12, max_iter=500),
            "binary",
        ),
        "Ridge": ({"alpha": 3.0}, Ridge(alpha=3.0), "regression"),
    }
    if d < N:
        references["LDA"] = {"shrinkage": None}, LinearDiscriminantAnalysis(), "binary"
    for name, (parameters, reference, task) in references.items():
        block = block_of(task, d)
        X, labelling = rows_of(block), block.labellings[0]
        for fit in fits_of(block, name, **parameters):
            rows = labelling.folds[fit.fold].train
            scaler = StandardScaler().fit(X[rows])
            plain = reference.fit(scaler.transform(X[rows]), labelling.targets[rows])
            wanted = np.ravel(plain.coef_) / scaler.scale_
            assert fit.weights is not None
            got = fit.weights[0]
            cosine = got @ wanted / np.linalg.norm(got) / np.linalg.norm(wanted)
            assert cosine == pytest.approx(1, abs=1e-9), name
            if name != "Ridge":  # whose targets are in units of their deviation
                assert np.allclose(got, wanted, rtol=1e-4, atol=1e-6 * np.abs(wanted).max())


def test_of_more_classes_each_has_its_own() -> None:
    block = block_of("multiclass", 8)
    X, labelling = rows_of(block), block.labellings[0]
    for fit in fits_of(block, "LogisticRegression", C=0.5):
        rows = labelling.folds[fit.fold].train
        scaler = StandardScaler().fit(X[rows])
        reference = LogisticRegression(C=0.5, solver="lbfgs", tol=1e-12, max_iter=5000)
        wanted = reference.fit(scaler.transform(X[rows]), labelling.targets[rows]).coef_
        assert fit.weights is not None and fit.weights.shape == (3, 8)
        got = fit.weights - fit.weights.mean(0)
        wanted = wanted / scaler.scale_
        assert np.allclose(got, wanted - wanted.mean(0), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["KNN", "QDA", "GaussianNB", "MLP", "NearestCentroid"])
def test_what_is_not_linear_has_none(name: str) -> None:
    fits = fits_of(block_of("binary", 8), name, **briefly(name))
    assert all(fit.weights is None for fit in fits)


def test_nobody_asks_nobody_pays() -> None:
    from dataclasses import replace

    block = replace(block_of("binary", 8), directs=False)
    assert all(fit.weights is None for fit in fits_of(block, "LDA"))


def test_an_estimator_of_a_users_file_has_its_coefficients(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n"
        "class Mine(LogisticRegression):\n    pass\n"
    )
    block = block_of("binary", 8)
    classifier = load(ClassifierSpec("mine.py:Mine", {"C": 0.5}), tmp_path)
    ours = {fit.fold: fit for fit in fits_of(block, "LogisticRegression", C=0.5)}
    for fit in classifier.fit(block):
        assert isinstance(fit, FoldFit) and fit.weights is not None
        wanted = ours[fit.fold].weights
        assert wanted is not None
        assert np.allclose(fit.weights, wanted, rtol=1e-2, atol=1e-3 * np.abs(wanted).max())
