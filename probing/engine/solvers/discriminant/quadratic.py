"""Quadratic discriminants of many training sets: Gaussian classes with covariances of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import (
    ClassMoments,
    class_moments,
    moment_blocks,
)
from probing.engine.solvers.rows.cholesky import cholesky
from probing.engine.solvers.rows.gram import gram
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.scatter import Scatters, class_families
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

_WORKING_MATRICES = 64


def quadratic_scores(
    X: Rows, sets: TrainingSets, n_classes: int, reg_param: float, *, scaled: bool
) -> Iterator[tuple[list[int], Tensor]]:
    """Log posteriors but for a constant, `[b, k, n]`, of the rows that are wanted of a set.

    They come with the places of their training sets, and are 0 for other rows trained on. The
    covariance of a class is `(1 - reg_param) S + reg_param I` where S is its mean square about
    its mean, in the units of the training set; every class needs a training row.
    """
    for members, scatters in class_families(X, sets, n_classes):
        for part in moment_blocks(X, len(members), n_classes):
            at = members[part]
            own = sets.some(at.tolist())
            moments = class_moments(X, own, n_classes, scaled=scaled)
            densities = [
                _log_densities(X, own.wanted, moments, c, scatters[c], reg_param)
                for c in range(n_classes)
            ]
            yield at.tolist(), torch.stack(densities, 1) + moments.shares.log().unsqueeze(2)


def _log_densities(
    X: Rows, wanted: Tensor, moments: ClassMoments, c: int, scatters: Scatters, reg_param: float
) -> Tensor:
    """The log densities of one class in every set, `[b, n]`, of the `wanted` `[b, n]` rows."""
    densities = moments.means.new_zeros(wanted.shape)
    d = X.shape[1]
    wide = (moments.counts[:, c] <= d) & (reg_param > 0)
    for at in wide.nonzero().flatten().tolist():
        mean, unit = moments.means[at, c], moments.unit[at]
        rows = (X.of(moments.masks[at, c]) - mean) / unit
        about = (X.of(wanted[at]) - mean) / unit
        densities[at, wanted[at]] = _from_rows(rows, about, reg_param)
    narrow = (~wide).nonzero().flatten()
    for part in blocks(len(narrow), d * d * 8 * _WORKING_MATRICES, X.device):
        sets = narrow[part]
        factors = _factors(moments, sets, c, scatters, reg_param)
        for at, factor in zip(sets.tolist(), factors, strict=True):
            unit = moments.unit[at].log().sum()
            for places, rows in X.chosen(wanted[at]):
                found = _from_factor(factor, rows - moments.means[at, c])
                densities[at, places] = found + unit
    return densities


def _factors(
    moments: ClassMoments, sets: Tensor, c: int, scatters: Scatters, reg_param: float
) -> Tensor:
    """The lower factors of the covariances, NaN where there is no inverse."""
    masks = moments.masks[sets, c : c + 1]
    means, variances = moments.means[sets, c : c + 1], moments.variances[sets, c : c + 1]
    share = (1 - reg_param) / moments.counts[sets, c]
    covariances = scatters.of(masks, means, variances).mul_(share[:, None, None])
    covariances.diagonal(dim1=1, dim2=2).add_(reg_param * moments.unit[sets].square())
    factors, failed = cholesky(covariances)
    return factors.masked_fill_(failed[:, None, None], torch.nan)


def _from_factor(factor: Tensor, about: Tensor) -> Tensor:
    """Log densities `[p]` of rows `[p, d]` about the mean."""
    solved = torch.linalg.solve_triangular(factor, about.T, upper=False)
    densities: Tensor = -solved.square().sum(0) / 2 - factor.diagonal().log().sum()
    return densities


def _from_rows(rows: Tensor, about: Tensor, reg_param: float) -> Tensor:
    """Log densities of one class of fewer rows `[m, d]` than features, by Woodbury."""
    m, d = rows.shape
    thin = rows * ((1 - reg_param) / (m * reg_param)) ** 0.5
    inner = gram(thin.T)
    inner.diagonal().add_(1)
    factor = torch.linalg.cholesky(inner)
    along = torch.linalg.solve_triangular(factor, thin @ about.T, upper=False)
    distances = (about.square().sum(1) - along.square().sum(0)) / reg_param
    volume = 2 * factor.diagonal().log().sum() + d * math.log(reg_param)
    densities: Tensor = -(distances + volume) / 2
    return densities
