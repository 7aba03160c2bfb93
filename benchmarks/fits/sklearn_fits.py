"""scikit-learn's fits of one layer and fold, in a process that imports no torch."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from benchmarks.fits.fitted import Fits, Fitted, Key
from benchmarks.fits.pairs import STRENGTHS, Labels, Matrix, Pair


def fit_pair(pair: Pair, clock: Callable[[], float] = time.perf_counter) -> Fits:
    """Every part of the work on one layer and fold."""
    warnings.filterwarnings("ignore")  # unconverged fits show as disagreement
    arrays = pair.arrays()
    found, seconds = {}, {}
    for part in pair.parts:
        began = clock()
        # shrunk covariances depend on the columns themselves, L2 penalties do not
        turned = pair.manner == "exact" and part.startswith(tuple(STRENGTHS))
        train, test = _in_row_space(*arrays) if turned else arrays
        for strength, scores, middle, chosen in _fits(part, pair, train, test):
            fitted = Fitted.of(scores, middle, pair.targets[pair.test], chosen)
            found[Key(pair.layer, pair.fold, part, strength)] = fitted
        seconds[part] = clock() - began
    return Fits(found, seconds)


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
            yield 0, next(_path(family, [best], pair, X, y, test)), middle, best
        else:
            for at, scores in enumerate(_path(family, list(grid), pair, X, y, test)):
                yield at, scores, middle, None
    elif family == "lda":
        model = pair.model(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")).fit(X, y)
        yield 0, _of_class_1(model.predict_proba(test)), 0.5, None
    else:
        yield 0, _mass_mean(*_scaled(pair, X, test), y), 0.0, None


def _path(
    family: str, strengths: list[float], pair: Pair, X: Any, y: Labels, test: Any
) -> Iterator[Matrix]:
    """Test scores for one strength after another."""
    if family == "ridge":
        yield from _ridge_path(strengths, pair, X, _signs(y).astype(X.dtype), test)
        return
    classifier = LogisticRegression(max_iter=1000, warm_start=pair.manner in ("warm", "pipeline"))
    if pair.manner == "exact":
        classifier = LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)
    model = pair.model(classifier)
    for C in strengths:
        classifier.set_params(C=C)
        yield _of_class_1(model.fit(X, y).predict_proba(test))


def _ridge_path(
    strengths: list[float], pair: Pair, X: Any, signs: Any, test: Any
) -> Iterator[Matrix]:
    if pair.manner == "joint" and signs.ndim == 1:
        together = Ridge(alpha=np.array(strengths))
        model = pair.model(together).fit(X, np.repeat(signs[:, None], len(strengths), 1))
        yield from model.predict(test).T
        return
    for alpha in strengths:
        yield pair.model(Ridge(alpha=alpha)).fit(X, signs).predict(test)


def _signs(y: Labels) -> Matrix:
    """Two classes as -1 and 1 `[n]`, more as a column of those for each `[n, n_classes]`."""
    n_classes = int(y.max()) + 1
    of = np.where(y[:, None] == np.arange(n_classes), 1.0, -1.0)
    return of[:, 1] if n_classes == 2 else of


def _chosen(family: str, pair: Pair, X: Any, y: Labels) -> float:
    """The strength with the least loss over the inner folds, the stronger penalty if equal."""
    grid = STRENGTHS[family] if family == "logistic" else STRENGTHS[family][::-1]
    losses = np.zeros(len(grid))
    for inner in np.unique(pair.inner):
        held = pair.inner == inner
        path = _path(family, list(grid), pair, X[~held], y[~held], X[held])
        for at, scores in enumerate(path):
            losses[at] += _loss(family, y[held], scores) * held.sum()
    return float(grid[int(np.flatnonzero(losses <= losses.min() * (1 + 1e-6))[0])])


def _loss(family: str, y: Labels, scores: Matrix) -> float:
    n_classes = scores.shape[1] if scores.ndim == 2 else 2
    if family == "ridge":
        of = np.where(y[:, None] == np.arange(n_classes), 1.0, -1.0)
        return float(np.square((of[:, 1] if scores.ndim == 1 else of) - scores).mean())
    return float(log_loss(y, scores, labels=np.arange(n_classes)))


def _of_class_1(probabilities: Matrix) -> Matrix:
    return probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities


def _scaled(pair: Pair, X: Any, test: Any) -> tuple[Any, Any]:
    if not pair.is_piped:
        return X, test
    scaler = StandardScaler().fit(X)
    return scaler.transform(X), scaler.transform(test)


def _mass_mean(X: Any, test: Any, y: Labels) -> Matrix:
    """The projection on the difference of two means, or how close each of more means is."""
    means = np.stack([X[y == label].mean(0) for label in range(int(y.max()) + 1)])
    if len(means) == 2:
        return (test - means.mean(0)) @ (means[1] - means[0])
    middle = X.mean(0)
    return (test - middle) @ (means - middle).T - np.square(means - middle).sum(1) / 2
