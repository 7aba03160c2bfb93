"""Ridge regression of one training set in closed form."""

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
