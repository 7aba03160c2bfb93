"""Linear models of many sparse features, with a strength that is chosen by inner folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from probing.engine.blocks import Task
from probing.engine.metrics.log_odds import class_log_odds
from probing.engine.splits.folding import Targets

Numbers = NDArray[np.float64]
NAMES: Mapping[Task, str] = {"binary": "C", "multiclass": "C", "regression": "alpha"}
GRIDS: Mapping[Task, Numbers] = {
    "binary": np.logspace(-2, 4, 7),
    "multiclass": np.logspace(-2, 4, 7),
    "regression": np.logspace(3, -3, 7),
}
_TOLERANCE, _ROUGH = 1e-6, 1e-4  # of the last fit, and of those that only compare strengths
_WORSE = 2  # strengths in a row that end the search
_MANY = 10_000  # training texts: of more, one inner fold tells enough


class Linear:
    """Logistic regression, or ridge regression for numbers, of one strength."""

    def __init__(
        self, task: Task, n_classes: int, strength: float, tolerance: float = _TOLERANCE
    ) -> None:
        self.task, self.n_classes = task, n_classes
        if task == "regression":
            self.model: Any = Ridge(alpha=strength, tol=tolerance)
        else:
            self.model = LogisticRegression(C=strength, tol=tolerance, max_iter=10_000)

    def fit(self, X: Any, targets: Targets) -> Self:
        """Fit the rows of `X`."""
        self.model.fit(X, targets)
        return self

    def scores(self, X: Any) -> Numbers:
        """The numbers, or log odds: of class 1 `[n]`, of each of several `[n, n_classes]`."""
        if self.task == "regression":
            return np.asarray(self.model.predict(X), dtype=np.float64)
        return class_log_odds(self._log_probabilities(X))

    def probabilities(self, X: Any) -> Numbers | None:
        """Those of the classes, shaped as the scores; None for numbers."""
        if self.task == "regression":
            return None
        each = np.exp(self._log_probabilities(X))
        return each[:, 1] if self.task == "binary" else each

    def decided(self, X: Any) -> NDArray[np.int64] | None:
        """The classes; None for numbers."""
        if self.task == "regression":
            return None
        return np.asarray(self.model.predict(X), dtype=np.int64)

    def losses(self, X: Any, targets: Targets) -> Numbers:
        """The log loss of each row, or the squared error."""
        if self.task == "regression":
            return (self.scores(X) - targets) ** 2
        return -self._log_probabilities(X)[np.arange(len(targets)), targets.astype(np.int64)]

    @property
    def n_params(self) -> int:
        """The number of weights."""
        return int(np.size(self.model.coef_) + np.size(self.model.intercept_))

    def _log_probabilities(self, X: Any) -> Numbers:
        """Those of all classes `[n, n_classes]`; of one that was not seen almost nothing."""
        found = np.full((X.shape[0], self.n_classes), np.log(np.finfo(np.float64).tiny))
        found[:, self.model.classes_.astype(np.int64)] = self.model.predict_log_proba(X)
        return found


@dataclass(frozen=True)
class Inner:
    """The rows of a training part with the inner fold of each; of many one fold is left out."""

    X: Any
    targets: Targets
    inner: NDArray[np.int8]
    task: Task
    n_classes: int

    def chosen(self) -> tuple[float, bool]:
        """The strength with the least held-out loss, and whether it is at the grid's edge.

        Ties go to the stronger penalty; two worse ones in a row end the search.
        """
        grid, losses = GRIDS[self.task], list[float]()
        for strength in map(float, grid):
            loss = 0.0
            for left, model in self._fits(strength, _ROUGH):
                loss += float(model.losses(self.X[left], self.targets[left]).sum())
            losses.append(loss)
            if len(losses) - 1 - int(np.argmin(losses)) == _WORSE:
                break
        at = int(np.argmin(losses))
        return float(grid[at]), at in (0, len(grid) - 1)

    def held_out(self, strength: float) -> tuple[NDArray[np.int64], Numbers]:
        """Rows, and the scores of each by the fit that left it out."""
        fits = list(self._fits(strength, _TOLERANCE))
        scores = [model.scores(self.X[left]) for left, model in fits]
        return np.concatenate([np.flatnonzero(left) for left, _ in fits]), np.concatenate(scores)

    def _fits(
        self, strength: float, tolerance: float
    ) -> Iterator[tuple[NDArray[np.bool_], Linear]]:
        numbers = np.unique(self.inner)
        for number in numbers[: 1 if len(self.inner) > _MANY else None]:
            left = self.inner == number
            model = Linear(self.task, self.n_classes, strength, tolerance)
            yield left, model.fit(self.X[~left], self.targets[~left])
