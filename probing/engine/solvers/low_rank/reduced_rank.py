"""Reduced-rank ridge regression: many targets through r directions, in closed form.

Minimises `|Y - XW|² + alpha |W|²` over the `W` of rank r. Izenman 1975, "Reduced-rank regression
for the multivariate linear model"; with a ridge Mukherjee and Zhu 2011, "Reduced rank ridge
regression and its kernel extensions".
"""

from __future__ import annotations

import torch
from torch import Tensor


def reduced_rank(A: Tensor, Y: Tensor, alpha: float, rank: int) -> tuple[Tensor, Tensor]:
    """Directions `[d, r]` and what each target makes of them `[q, r]`: `W` is their product.

    `A` `[n, d]` and `Y` `[n, q]` are centred. The first directions are those that explain most.
    """
    W = ridge_weights(A, Y, alpha)
    # what the fit explains, with the penalty counted in: its axes are those of the targets
    explained = Y.T @ (A @ W)
    _, axes = torch.linalg.eigh((explained + explained.T) / 2)
    kept = axes[:, -rank:].flip(1)
    return W @ kept, kept


def ridge_weights(A: Tensor, Y: Tensor, alpha: float) -> Tensor:
    """The weights `[d, q]` of ridge regression, from the smaller of the two Gram matrices."""
    n, d = A.shape
    if d <= n:
        return _solved(A.T @ A, A.T @ Y, alpha)
    return A.T @ _solved(A @ A.T, Y, alpha)


def _solved(gram: Tensor, right: Tensor, alpha: float) -> Tensor:
    gram.diagonal().add_(alpha)
    return torch.cholesky_solve(right, torch.linalg.cholesky(gram))
