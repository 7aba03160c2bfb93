"""Means and standard deviations of many subsets of rows from two matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Below this share of a column's mean square, a variance by moments has lost too many digits.
_CANCELLED = 1e-6
_PIECE = 2**22  # numbers


@dataclass(frozen=True)
class Moments:
    """Mean and variance (ddof 0) of each subset's columns, `[n_subsets, d]` each.

    The variance is 0 where a column is constant within the subset.
    """

    mean: Tensor
    variance: Tensor

    @property
    def deviation(self) -> Tensor:
        """The standard deviation, 1 where a column is constant, as scikit-learn's `StandardScaler`
        has it, so that dividing by it is always safe."""
        return torch.where(self.variance > 0, self.variance.sqrt(), 1.0)


def subset_moments(X: Tensor, masks: Tensor) -> Moments:
    """The moments of the rows of `X` `[n, d]` that each row of `masks` `[n_subsets, n]` selects.

    `X` is best centred: the variance is a difference of moments, and the columns where that
    difference cancels are computed again in two passes.
    """
    counts = masks.sum(1, keepdim=True).to(X.dtype)
    mean, square = X.new_zeros(2, len(masks), X.shape[1])
    step = max(1, _PIECE // X.shape[1])  # so that working copies are small
    for start in range(0, len(X), step):
        rows = X[start : start + step]
        weights = masks[:, start : start + step].to(X.dtype)
        mean += weights @ rows
        square += weights @ rows.square()
    mean /= counts
    square /= counts
    variance = square - mean.square()
    cancelled = variance <= _CANCELLED * square
    for subset in cancelled.any(1).nonzero().flatten().tolist():
        columns = cancelled[subset]
        variance[subset, columns] = X[:, columns][masks[subset]].var(0, correction=0)
    constant = _is_constant(variance, mean, counts)
    return Moments(mean, torch.where(constant, 0.0, variance.clamp_min(0)))


def _is_constant(variance: Tensor, mean: Tensor, counts: Tensor) -> Tensor:
    """Whether a variance is what rounding alone leaves of a constant column."""
    rounding = torch.finfo(variance.dtype).eps * counts
    return variance <= rounding * variance + (rounding * mean).square()
