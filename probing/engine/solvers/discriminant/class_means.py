"""Counts, means and variances of the classes of many training sets, from two products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.scaling import Moments, is_constant, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

# where means are so much larger than deviations, distances are computed from differences
_FAR = 1e5
_WORKING_ARRAYS = 4


@dataclass(frozen=True)
class ClassMoments:
    """The classes of g training sets.

    `masks` is `[g, k, n]`, `counts` `[g, k]`, `means` and `variances` `[g, k, d]`; `whole` are
    the moments of the sets, whose deviations are the units of the features where `scaled`.
    """

    masks: Tensor
    counts: Tensor
    means: Tensor
    variances: Tensor
    whole: Moments
    scaled: bool

    @property
    def origin(self) -> Tensor:
        """The mean of each set, `[g, d]`."""
        return self.whole.mean

    @property
    def unit(self) -> Tensor:
        """What each set measures its features in, `[g, d]`."""
        return self.whole.deviation if self.scaled else torch.ones_like(self.whole.mean)

    @property
    def deviations(self) -> Tensor:
        """The deviation of each class `[g, k, d]`, one unit where a feature is constant in it."""
        constant = self.variances == 0
        return torch.where(constant, self.unit.unsqueeze(1), self.variances.sqrt())

    @property
    def shares(self) -> Tensor:
        """The share of each class, `[g, k]`."""
        return self.counts / self.counts.sum(1, keepdim=True)

    @property
    def about(self) -> Tensor:
        """The class means about the origin, `[g, k, d]`."""
        return self.means - self.origin.unsqueeze(1)


def class_moments(X: Rows, sets: TrainingSets, n_classes: int, *, scaled: bool) -> ClassMoments:
    """The moments of the classes in each training set of the rows of `X` `[n, d]`."""
    masks = class_masks(sets, n_classes)
    own = subset_moments(X, masks.flatten(0, 1))
    shape = (*masks.shape[:2], X.shape[1])
    means, variances = own.mean.view(shape), own.variance.view(shape)
    counts = masks.sum(2, dtype=torch.float64)
    whole = _whole(counts, means, variances)
    return ClassMoments(masks, counts, means, variances, whole, scaled)


def _whole(counts: Tensor, means: Tensor, variances: Tensor) -> Moments:
    """The moments of the sets from those of their classes: what is within, and what between."""
    shares = (counts / counts.sum(1, keepdim=True)).unsqueeze(2)
    mean = (shares * means).sum(1)
    within = variances + (means - mean.unsqueeze(1)).square()
    variance = (shares * within).sum(1)
    constant = is_constant(variance, mean, counts.sum(1, keepdim=True))
    return Moments(mean, torch.where(constant, 0.0, variance))


def class_masks(sets: TrainingSets, n_classes: int) -> Tensor:
    """Whether a training row belongs to a class, `[g, k, n]`."""
    classes = torch.arange(n_classes, device=sets.inner.device)[:, None]
    return sets.masks.unsqueeze(1) & (sets.targets.unsqueeze(1) == classes)


def moment_blocks(X: Rows, n_sets: int, n_classes: int) -> Iterator[slice]:
    """Training sets whose moments and scores fit in memory together."""
    n, d = X.shape
    each = _WORKING_ARRAYS * (n_classes + 1) * (n + d) * 8
    return blocks(n_sets, each, X.device)


def closeness(X: Rows, moments: ClassMoments) -> Tensor:
    """`m·x - |m|²/2` about the training mean, `[g, k, n]`: largest for the nearest class mean."""
    about, unit = moments.about, moments.unit.unsqueeze(1)
    return projections(X, about / unit.square(), moments.origin.unsqueeze(1) + about / 2)


def projections(X: Rows, slopes: Tensor, zeros: Tensor) -> Tensor:
    """`s·(x - z)` `[g, k, n]` for slopes and points of value zero `[g, k, d]`, all rows `x`."""
    values = slopes.new_empty(*slopes.shape[:2], len(X))
    at_zero = (slopes * zeros).sum(2, keepdim=True)
    for at, rows in X.pieces():
        values[:, :, at] = (slopes.flatten(0, 1) @ rows.T).view(*slopes.shape[:2], -1)
        values[:, :, at] -= at_zero
    return values


def square_distances(X: Rows, means: Tensor, weights: Tensor) -> Tensor:
    """`Σ w (x - m)²` `[b, n]` of all rows `x` of `X`, for means and weights `[b, d]`.

    Two products serve, but where means are far out.
    """
    pull = weights * means
    far = (pull * means).sum(1)
    apart = (far > _FAR * X.shape[1]).nonzero().flatten().tolist()
    distances = means.new_empty(len(means), len(X))
    for at, rows in X.pieces():
        distances[:, at] = weights @ rows.square().T - 2 * (pull @ rows.T) + far[:, None]
        for one in apart:
            distances[one, at] = (rows - means[one]).square() @ weights[one]
    return distances.clamp_min_(0)
