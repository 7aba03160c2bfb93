"""Ridge regression of one training set in closed form: its predictions, and its inner errors."""

from __future__ import annotations

import torch
from torch import Tensor


def ridge_predictions(X: Tensor, Y: Tensor, training: Tensor, alpha: float) -> Tensor:
    """Predictions `[n, k]` of all rows by the minimiser of `Σ |y - Wx - c|² + alpha |W|²`.

    The sum is over the rows of `X` `[n, r]` and `Y` `[n, k]` that `training` `[n]` selects.
    """
    trained, wanted = X[training], Y[training]
    x_mean, y_mean = trained.mean(0), wanted.mean(0)
    centred = trained - x_mean
    gram = centred.T @ centred
    gram.diagonal().add_(alpha)
    factor = torch.linalg.cholesky(gram)
    W = torch.cholesky_solve(centred.T @ (wanted - y_mean), factor)
    return (X - x_mean) @ W + y_mean


def ridge_inner_errors(X: Tensor, Y: Tensor, inner: Tensor, alphas: Tensor) -> Tensor:
    """The squared error of every alpha over the inner folds, summed over rows and columns, `[m]`.

    `X` is `[n, r]`, `Y` `[n, k]`; `inner` `[n]` is the inner fold of a training row, negative for
    the others. What an inner fold is trained on is the whole training part less that fold, so
    that one product serves all folds.
    """
    rows = inner >= 0
    trained, wanted, fold = X[rows], Y[rows], inner[rows]
    trained = torch.cat([trained - trained.mean(0), trained.new_ones(len(trained), 1)], 1)
    gram, pull = trained.T @ trained, trained.T @ wanted
    errors = torch.zeros_like(alphas)
    for at in range(int(fold.max()) + 1):
        Z, T = trained[fold == at], wanted[fold == at]
        forms = (gram - Z.T @ Z).expand(len(alphas), -1, -1).clone()
        forms.diagonal(dim1=1, dim2=2)[:, :-1] += alphas[:, None]
        factors = torch.linalg.cholesky(forms)
        right = (pull - Z.T @ T).expand(len(alphas), -1, -1)
        errors += (Z @ torch.cholesky_solve(right, factors) - T).square().sum((1, 2))
    return errors
