"""The weights of linear models, from their scores of all rows of a layer.

Solvers work in coordinates of their own; their scores are the same in all. Scores that are
linear in the features have one weight vector where the features have full rank. Where they do
not, a model with an L2 penalty, or of means and covariances, has weights in the span of its rows
as its training set scales them, which are the shortest there that give the scores.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.scaling import subset_moments

Solve = Callable[[Tensor], Tensor]
_RANK = 1e-12  # of the largest energy: directions below it are rounding
_TOLERANCE = 1e-5  # of the scores' deviation: a score that misses it is not linear


class RecoveredWeights:
    """Finds weights in the units of the features as they were given, before any scaling."""

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        unit = basis.X.unit
        self.unit = torch.ones_like(basis.energy[:1]) if unit is None else unit
        self.is_kept = basis.energy > _RANK * basis.energy[-1]

    @property
    def has_full_rank(self) -> bool:
        """Whether no feature follows from the others."""
        return not self.basis.is_wide and bool(self.is_kept.all())

    def of(self, scores: Tensor, training: Tensor) -> Tensor | None:
        """The weights `[k, d]` of scores `[n, k]`, fitted on the rows of a mask `[n]`.

        None where no weights give the scores.
        """
        wanted = scores.to(torch.float64)
        wanted = wanted - wanted.mean(0)
        solve = self._in_span(training) if self.basis.is_wide else self._by_features(training)
        weights, missed = wanted.new_zeros(self.basis.X.shape[1], wanted.shape[1]), wanted
        for _ in range(2):  # once more for the digits that the squares have lost
            weights = weights + solve(missed)
            missed = wanted - self.basis.X.along(weights)
        if bool((missed.std(0) > _TOLERANCE * wanted.std(0)).any()):
            return None
        found: Tensor = (weights / self.unit[:, None]).T
        return found

    def _by_features(self, training: Tensor) -> Solve:
        X, energy, V = self.basis.X, self.basis.energy[self.is_kept], self.basis.V
        V, idle = V[:, self.is_kept], V[:, ~self.is_kept]
        squares = self._deviation(training).square()[:, None]

        def solve(wanted: Tensor) -> Tensor:
            pull = wanted.new_zeros(X.shape[1], wanted.shape[1])
            for at, rows in X.pieces():
                pull += rows.T @ wanted[at]
            weights = V @ ((V.T @ pull) / energy[:, None])
            if idle.shape[1]:  # what moves no score, so that the scaled weights are shortest
                form, slope = idle.T @ (squares * idle), idle.T @ (squares * weights)
                weights = weights - idle @ torch.linalg.solve(form, slope)
            return weights

        return solve

    def _in_span(self, training: Tensor) -> Solve:
        deviation = self._deviation(training)
        rows = self.basis.X.whole / deviation
        energy, U = torch.linalg.eigh(rows @ rows.T)
        keep = energy > _RANK * energy[-1]
        U, energy = U[:, keep], energy[keep]

        def solve(wanted: Tensor) -> Tensor:
            found: Tensor = rows.T @ (U @ ((U.T @ wanted) / energy[:, None]))
            return found / deviation[:, None]

        return solve

    def _deviation(self, training: Tensor) -> Tensor:
        """By what a training set divides the features of the basis, `[d]`."""
        if self.basis.scaled:
            return subset_moments(self.basis.X, training[None]).deviation[0]
        return self.basis.energy.new_ones(self.basis.X.shape[1])
