"""Linear discriminant analysis of one training set, shrunk or not.

Each class's covariance is shrunk by itself and their average, weighted by frequency, is used:
what scikit-learn's `lsqr` solver does. Ledoit and Wolf, A well-conditioned estimator for
large-dimensional covariance matrices, Journal of Multivariate Analysis 88 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from probing.solvers.scaling import subset_moments

Shrinkage = Literal["ledoit_wolf"] | float | None


@dataclass(frozen=True)
class _Class:
    """One class's share of the rows, mean, and covariance as `rows' rows + diag(ridge)`."""

    share: float
    mean: Tensor
    rows: Tensor
    ridge: Tensor


def discriminant_scores(
    X: Tensor, targets: Tensor, training: Tensor, n_classes: int, shrinkage: Shrinkage
) -> Tensor:
    """Discriminants `[n, k]` of all rows of `X` `[n, d]`: log posteriors but for a constant.

    `targets` and `training` are `[n]`; every class needs a training row.
    """
    trained, labels = X[training], targets[training]
    origin = trained.mean(0)
    classes = [
        _shrunk_class(trained[labels == at] - origin, len(trained), shrinkage)
        for at in range(n_classes)
    ]
    means = torch.stack([one.mean for one in classes])
    weights = _pooled_solve(classes, means.T)
    priors = torch.tensor([one.share for one in classes], dtype=X.dtype, device=X.device)
    offsets = priors.log() - (means * weights.T).sum(1) / 2
    return (X - origin) @ weights + offsets


def _shrunk_class(X: Tensor, n_training: int, shrinkage: Shrinkage) -> _Class:
    mean = X.mean(0)
    rows = X - mean
    if shrinkage == "ledoit_wolf":
        amount, ridge = _ledoit_wolf(rows)
    else:
        amount = float(shrinkage or 0.0)
        ridge = (amount * rows.square().mean()).expand(X.shape[1])
    scale = ((1 - amount) / len(X)) ** 0.5
    return _Class(len(X) / n_training, mean, rows * scale, ridge)


def _ledoit_wolf(rows: Tensor) -> tuple[float, Tensor]:
    """The shrinkage of the standardised class, and what it adds to each feature's variance."""
    n, d = rows.shape
    everything = torch.ones(1, n, dtype=torch.bool, device=rows.device)
    deviation = subset_moments(rows, everything).deviation[0]
    standard = rows / deviation
    if d == 1:
        return 0.0, torch.zeros_like(deviation)
    level = standard.square().sum() / (n * d)
    smaller = standard.T @ standard if d <= n else standard @ standard.T
    dependence = smaller.square().sum() / n**2
    spread = standard.square().sum(1).square().sum() / n
    noise = (spread - dependence) / (d * n)
    distance = dependence / d - level.square()
    amount = float(torch.minimum(noise, distance) / distance) if distance > 0 else 0.0
    return amount, amount * level * deviation.square()


def _pooled_solve(classes: list[_Class], B: Tensor) -> Tensor:
    """The inverse of the pooled covariance applied to `B` `[d, k]`."""
    ridge = torch.stack([one.share * one.ridge for one in classes]).sum(0)
    rows = torch.cat([one.share**0.5 * one.rows for one in classes])
    if rows.shape[1] <= rows.shape[0] or not bool((ridge > 0).all()):
        return _solve_semidefinite(
            (rows.T @ rows).diagonal_scatter((rows * rows).sum(0) + ridge), B
        )
    # Woodbury: with more features than rows the system is one over rows
    thin = rows / ridge
    inner = (thin @ rows.T).diagonal_scatter((thin * rows).sum(1) + 1)
    correction = torch.cholesky_solve(thin @ B, torch.linalg.cholesky(inner))
    return B / ridge[:, None] - thin.T @ correction


def _solve_semidefinite(S: Tensor, B: Tensor) -> Tensor:
    """Solve by Cholesky, or by the eigenvectors that are there when `S` is singular."""
    factor, failed = torch.linalg.cholesky_ex(S)
    if not bool(failed) and _well_conditioned(factor):
        return torch.cholesky_solve(B, factor)
    values, vectors = torch.linalg.eigh(S)
    there = values > values[-1] * len(S) * torch.finfo(S.dtype).eps
    vectors = vectors[:, there]
    solution: Tensor = vectors @ ((vectors.T @ B) / values[there, None])
    return solution


def _well_conditioned(factor: Tensor) -> bool:
    pivots = factor.diagonal().square()
    return bool(pivots.min() > pivots.max() * len(factor) * torch.finfo(factor.dtype).eps)
