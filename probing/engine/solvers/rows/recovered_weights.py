"""The weights of linear models, from their scores of all rows of a layer.

Solvers work in coordinates of their own; their scores are the same in all. Scores that are
linear in the features have one weight vector where rows outnumber features. Where they do not,
a model with an L2 penalty or of means and covariances has weights in the span of its rows, as
each training set scales them, and there again one vector gives the scores.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.scaling import subset_moments

Solve = Callable[[Tensor], Tensor]
_RANK = 1e-13  # of the largest energy: directions below it are rounding
_TOLERANCE = 1e-5  # of the scores' deviation: a score that misses it is not linear


class RecoveredWeights:
    """Finds weights in the units of the features as they were given, before any scaling."""

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        unit = basis.X.unit
        self.unit = torch.ones_like(basis.energy[:1]) if unit is None else unit

    def of(self, scores: Tensor, training: Tensor) -> Tensor | None:
        """The weights `[k, d]` of scores `[n, k]`, fitted on the rows of a mask `[n]`.

        None where no weights give the scores.
        """
        wanted = scores.to(torch.float64) - scores.to(torch.float64).mean(0)
        solve = self._in_span(training) if self.basis.is_wide else self._by_features()
        weights, missed = wanted.new_zeros(self.basis.X.shape[1], wanted.shape[1]), wanted
        for _ in range(2):  # once more for the digits that the squares have lost
            weights = weights + solve(missed)
            missed = wanted - self.basis.X.along(weights)
        if bool((missed.std(0) > _TOLERANCE * wanted.std(0)).any()):
            return None
        found: Tensor = (weights / self.unit[:, None]).T
        return found

    def _by_features(self) -> Solve:
        X, energy = self.basis.X, self.basis.energy
        keep = energy > _RANK * energy[-1]
        V, energy = self.basis.V[:, keep], energy[keep]

        def solve(wanted: Tensor) -> Tensor:
            pull = wanted.new_zeros(X.shape[1], wanted.shape[1])
            for at, rows in X.pieces():
                pull += rows.T @ wanted[at]
            return V @ ((V.T @ pull) / energy[:, None])

        return solve

    def _in_span(self, training: Tensor) -> Solve:
        X = self.basis.X.whole
        if self.basis.scaled:
            deviation = subset_moments(self.basis.X, training[None]).deviation[0]
        else:
            deviation = X.new_ones(X.shape[1])
        rows = X / deviation
        energy, U = torch.linalg.eigh(rows @ rows.T)
        keep = energy > _RANK * energy[-1]
        U, energy = U[:, keep], energy[keep]

        def solve(wanted: Tensor) -> Tensor:
            found: Tensor = rows.T @ (U @ ((U.T @ wanted) / energy[:, None]))
            return found / deviation[:, None]

        return solve
