"""scikit-learn's fits of one layer and fold, in a process that imports no torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from benchmarks.fitted import Fitted, Key

STRENGTHS = {"logistic": np.logspace(-4, 4, 10), "ridge": np.logspace(-3, 6, 10)}
Manner = Literal["cold", "warm", "exact"]
Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """One layer and fold to fit. `features` names a file of `[n_layers, n, d]`.

    `manner` says how logistic regression is solved: afresh for every C, each C from the last,
    or in float64 until nothing moves. `inner` `[n_train]` are the inner folds.
    """

    features: str
    layer: int
    fold: int
    targets: Labels
    train: Labels
    test: Labels
    inner: Labels
    parts: tuple[str, ...]
    scale: str
    manner: Manner

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Training and test features, scaled by the training rows where that is asked."""
        X = np.load(self.features, mmap_mode="r")[self.layer]
        train, test = X[self.train], X[self.test]
        if self.manner == "exact":
            train, test = train.astype(np.float64), test.astype(np.float64)
        if self.scale != "standard":
            return train, test
        scaler = StandardScaler().fit(train)
        return scaler.transform(train), scaler.transform(test)


def fit_pair(pair: Pair) -> dict[Key, Fitted]:
    """Every part of the work on one layer and fold."""
    warnings.filterwarnings("ignore")  # unconverged fits show as disagreement
    arrays = pair.arrays()
    found = {}
    for part in pair.parts:
        # shrunk covariances depend on the columns themselves, L2 penalties do not
        turned = pair.manner == "exact" and part.startswith(tuple(STRENGTHS))
        train, test = _in_row_space(*arrays) if turned else arrays
        for strength, scores, middle, chosen in _fits(part, pair, train, test):
            fitted = Fitted.of(scores, middle, pair.targets[pair.test], chosen)
            found[Key(pair.layer, pair.fold, part, strength)] = fitted
    return found


def _in_row_space(train: Any, test: Any) -> tuple[Any, Any]:
    """As many coordinates as rows: all that a model with an L2 penalty sees."""
    if train.shape[1] <= len(train):
        return train, test
    Q = np.linalg.qr((train - train.mean(0)).T)[0]
    return train @ Q, test @ Q


def _fits(
    part: str, pair: Pair, X: Any, test: Any
) -> Iterator[tuple[int, Matrix, float, float | None]]:
    """Number of the strength, test scores, where the decision changes, and the choice."""
    y = pair.targets[pair.train]
    family, _, how = part.partition(" ")
    if family in STRENGTHS:
        grid, middle = STRENGTHS[family], 0.5 if family == "logistic" else 0.0
        if how == "chosen":
            best = _chosen(family, pair, X, y)
            yield 0, next(_path(family, [best], pair.manner, X, y, test)), middle, best
        else:
            for at, scores in enumerate(_path(family, list(grid), pair.manner, X, y, test)):
                yield at, scores, middle, None
    elif family == "lda":
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(X, y)
        yield 0, _of_class_1(model.predict_proba(test)), 0.5, None
    else:
        yield 0, _mass_mean(X, y, test), 0.0, None


def _path(
    family: str, strengths: list[float], manner: Manner, X: Any, y: Labels, test: Any
) -> Iterator[Matrix]:
    """Test scores for one strength after another."""
    if family == "ridge":
        signs = np.where(y == 1, 1.0, -1.0).astype(X.dtype)
        for alpha in strengths:
            yield Ridge(alpha=alpha).fit(X, signs).predict(test)
        return
    model = LogisticRegression(max_iter=1000, warm_start=manner == "warm")
    if manner == "exact":
        model = LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)
    for C in strengths:
        yield _of_class_1(model.set_params(C=C).fit(X, y).predict_proba(test))


def _chosen(family: str, pair: Pair, X: Any, y: Labels) -> float:
    """The strength with the least loss over the inner folds, the stronger penalty if equal."""
    grid = STRENGTHS[family] if family == "logistic" else STRENGTHS[family][::-1]
    losses = np.zeros(len(grid))
    for inner in np.unique(pair.inner):
        held = pair.inner == inner
        path = _path(family, list(grid), pair.manner, X[~held], y[~held], X[held])
        for at, scores in enumerate(path):
            losses[at] += _loss(family, y[held], scores) * held.sum()
    return float(grid[int(np.flatnonzero(losses <= losses.min() * (1 + 1e-6))[0])])


def _loss(family: str, y: Labels, scores: Matrix) -> float:
    if family == "ridge":
        return float(np.square(np.where(y == 1, 1.0, -1.0) - scores).mean())
    labels = np.arange(scores.shape[1] if scores.ndim == 2 else 2)
    return float(log_loss(y, scores, labels=labels))


def _of_class_1(probabilities: Matrix) -> Matrix:
    return probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities


def _mass_mean(X: Any, y: Labels, test: Any) -> Matrix:
    low, high = X[y == 0].mean(0), X[y == 1].mean(0)
    return (test - (low + high) / 2) @ (high - low)
