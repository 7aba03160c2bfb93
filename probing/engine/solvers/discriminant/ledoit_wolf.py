"""How far to shrink the covariance of a class: the Ledoit–Wolf rule.

Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal
of Multivariate Analysis 88 (2004), on features in units of the class's own deviations, as
scikit-learn does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import square_distances
from probing.engine.solvers.rows.streamed_rows import Rows


@dataclass(frozen=True)
class Classes:
    """Classes of the rows of `X` `[n, d]`: `masks` `[b, n]`, the others `[b, d]`.

    `deviations` are positive where `variances` are 0.
    """

    masks: Tensor
    means: Tensor
    variances: Tensor
    deviations: Tensor

    @property
    def counts(self) -> Tensor:
        """The number of rows, `[b]`."""
        return self.masks.sum(1, dtype=self.means.dtype)

    @property
    def level(self) -> Tensor:
        """The mean variance in units of the deviations, `[b]`."""
        return (self.variances / self.deviations.square()).mean(1)


def shrinkage_of(classes: Classes, dependence: Tensor, spread: Tensor) -> Tensor:
    """The share `[b]` of the covariance that gives way to `level` on the diagonal.

    `dependence` is the sum of the squared covariances, `spread` the mean fourth power of the
    lengths of the rows, both about the means and in units of the deviations.
    """
    d = classes.means.shape[1]
    if d == 1:
        return torch.zeros_like(spread)
    noise = (spread - dependence) / (d * classes.counts)
    distance = dependence / d - classes.level.square()
    amount = torch.minimum(noise, distance) / distance
    return torch.where(distance > 0, amount, 0.0)


def spread_of(X: Rows, classes: Classes) -> Tensor:
    """The mean fourth power of the lengths of the rows, `[b]`."""
    weights = classes.deviations.square().reciprocal()
    lengths = square_distances(X, classes.means, weights)
    return (lengths.square() * classes.masks).sum(1) / classes.counts
