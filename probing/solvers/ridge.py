"""Ridge regression of one training set: every inner fold and strength in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.solvers.memory import blocks
from probing.solvers.strength_race import TIE


@dataclass(frozen=True)
class RidgeFit:
    """Predictions `[n, k]` of all rows, the strength, and whether it ended its grid."""

    predictions: Tensor
    alpha: float
    at_edge: bool


@dataclass(frozen=True)
class _Sums:
    """Cross products about the mean: `gram` `[r, r]`, `cross` `[r, k]`; and the means."""

    gram: Tensor
    cross: Tensor
    x_mean: Tensor
    y_mean: Tensor


def fit_ridge(X: Tensor, Y: Tensor, inner: Tensor, alphas: Tensor) -> RidgeFit:
    """Minimise `Σ |y - Wx - c|² + alpha |W|²`, alpha the best of `alphas` `[m]` or the only one.

    `X` is `[n, r]`, `Y` `[n, k]`, and `inner` `[n]` the inner fold of a training row, -1
    elsewhere. The best alpha has the least squared error over the inner folds; ties within a
    relative 1e-6 go to the larger.
    """
    training = inner >= 0
    sums = _sums(X[training], Y[training])
    at = len(alphas) - 1
    if len(alphas) > 1:
        errors = _inner_errors(X[training], Y[training], inner[training], alphas)
        level = errors <= errors.min() * (1 + TIE)
        at = int(torch.nonzero(level).max())
    W = _solve(sums.gram, sums.cross, alphas[at : at + 1])[0]
    predictions = (X - sums.x_mean) @ W + sums.y_mean
    return RidgeFit(predictions, float(alphas[at]), len(alphas) > 1 and at in (0, len(alphas) - 1))


def _sums(X: Tensor, Y: Tensor) -> _Sums:
    x_mean, y_mean = X.mean(0), Y.mean(0)
    centred = X - x_mean
    return _Sums(centred.T @ centred, centred.T @ (Y - y_mean), x_mean, y_mean)


def _inner_errors(X: Tensor, Y: Tensor, inner: Tensor, alphas: Tensor) -> Tensor:
    """Squared errors `[m]` summed over the held-out rows of all inner folds.

    The cross products of an inner training part are those of the whole less the held-out rows'.
    """
    X, Y = X - X.mean(0), Y - Y.mean(0)
    gram, cross = X.T @ X, X.T @ Y
    errors = torch.zeros_like(alphas)
    for fold in torch.unique(inner).tolist():
        out = inner == fold
        Xh, Yh = X[out], Y[out]
        n_left = len(X) - len(Xh)
        x_mean, y_mean = -Xh.sum(0) / n_left, -Yh.sum(0) / n_left
        left = gram - Xh.T @ Xh - n_left * torch.outer(x_mean, x_mean)
        cross_left = cross - Xh.T @ Yh - n_left * torch.outer(x_mean, y_mean)
        W = _solve(left, cross_left, alphas)
        errors += ((Xh - x_mean) @ W + y_mean - Yh).square().sum((1, 2))
    return errors


def _solve(gram: Tensor, cross: Tensor, alphas: Tensor) -> Tensor:
    """`(gram + alpha I)⁻¹ cross` for every alpha, `[m, r, k]`."""
    eye = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    parts = []
    for part in blocks(len(alphas), 2 * gram.nbytes, gram.device):
        factor = torch.linalg.cholesky(gram + alphas[part, None, None] * eye)
        parts.append(torch.cholesky_solve(cross.expand(len(factor), -1, -1), factor))
    return torch.cat(parts)
