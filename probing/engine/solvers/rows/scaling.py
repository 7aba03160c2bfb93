"""Means and standard deviations of many subsets of rows from two matrix products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.rows.streamed_rows import Rows

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


def subset_moments(X: Rows, masks: Tensor) -> Moments:
    """The moments of the rows of `X` `[n, d]` that each row of `masks` `[n_subsets, n]` selects.

    `X` is best centred: the variance is a difference of moments, and the columns where that
    difference cancels are computed again in two passes.
    """
    counts = masks.sum(1, keepdim=True).to(torch.float64)
    mean, square = counts.new_zeros(2, len(masks), X.shape[1])
    for at, rows in _small(X):
        weights = masks[:, at].to(torch.float64)
        mean += weights @ rows
        square += weights @ rows.square()
    mean /= counts
    square /= counts
    variance = square - mean.square()
    cancelled = (variance <= _CANCELLED * square) & (square > 0)
    for subset in cancelled.any(1).nonzero().flatten().tolist():
        columns = cancelled[subset]
        centre = mean[subset, columns]
        squares = torch.zeros_like(centre)
        for _, rows in X.chosen(masks[subset]):
            squares += (rows[:, columns] - centre).square().sum(0)
        variance[subset, columns] = squares / counts[subset]
    constant = is_constant(variance, mean, counts)
    return Moments(mean, torch.where(constant, 0.0, variance.clamp_min(0)))


def standardised(X: Rows, *, scaled: bool) -> Rows:
    """The rows about the mean of all, and divided by their deviation where `scaled`."""
    everything = torch.ones(1, len(X), dtype=torch.bool, device=X.device)
    mean = sum_of(X, everything)[0] / len(X)
    centred = X.about(mean)
    if not scaled:
        return centred
    # deviations from a mean keep digits that squares of large numbers lose
    return X.about(mean, subset_moments(centred, everything).deviation[0])


def sum_of(X: Rows, weights: Tensor) -> Tensor:
    """`weights @ X` `[b, d]` for weights `[b, n]`."""
    total = torch.zeros(len(weights), X.shape[1], dtype=torch.float64, device=X.device)
    for at, rows in X.pieces():
        total += weights[:, at].to(torch.float64) @ rows
    return total


def _small(X: Rows) -> Iterator[tuple[slice, Tensor]]:
    """Pieces of which working copies are small too."""
    for at, rows in X.pieces():
        step = max(1, _PIECE // max(1, X.shape[1]))
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            first = at.start + start
            yield slice(first, first + len(part)), part


def is_constant(variance: Tensor, mean: Tensor, counts: Tensor) -> Tensor:
    """Whether a variance is what rounding alone leaves of a constant column."""
    rounding = torch.finfo(variance.dtype).eps * counts
    return variance <= rounding * variance + (rounding * mean).square()
