"""Linear discriminant analysis of many training sets, shrunk or not.

Each class's covariance is shrunk by itself and their average, weighted by frequency, is used:
what scikit-learn's `lsqr` solver does.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import (
    class_moments,
    moment_blocks,
    projections,
)
from probing.engine.solvers.discriminant.refined_weights import refined_weights, refining_pays
from probing.engine.solvers.discriminant.shrunk_covariance import PooledCovariances, Shrinkage
from probing.engine.solvers.rows.cholesky import cholesky, solve_with
from probing.engine.solvers.rows.gram import gram
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.scatter import Family, Scatters, class_families
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

_WORKING_MATRICES = 64  # few at once: what fits the processor's cache is solved faster


def discriminant_scores(
    X: Rows, sets: TrainingSets, n_classes: int, shrinkage: Shrinkage, *, scaled: bool
) -> Iterator[tuple[list[int], Tensor]]:
    """Discriminants `[b, k, n]` of all rows of `X` `[n, d]`: log posteriors but for a constant.

    They come with the places of their training sets; every class needs a training row.
    """
    for members, scatters in _families(X, sets, n_classes, shrinkage):
        for part in moment_blocks(X, len(members), n_classes):
            at = members[part]
            own = TrainingSets(sets.targets[at], sets.inner[at])
            moments = class_moments(X, own, n_classes, scaled=scaled)
            covariances = PooledCovariances(X, moments, scatters, shrinkage)
            weights = _weights(covariances, moments.about)
            middles = moments.origin.unsqueeze(1) + moments.about / 2
            scores = projections(X, weights, middles) + moments.shares.log().unsqueeze(2)
            yield at.tolist(), scores


def _families(
    X: Rows, sets: TrainingSets, n_classes: int, shrinkage: Shrinkage
) -> Iterator[Family]:
    """By Ledoit and Wolf's rule every class has a shrinkage of its own; else all have one."""
    if shrinkage == "ledoit_wolf":
        return class_families(X, sets, n_classes)
    everyone = torch.arange(len(sets), device=X.device)
    return iter([(everyone, [Scatters(X, torch.ones_like(sets.masks[0]))])])


def _weights(covariances: PooledCovariances, about: Tensor) -> Tensor:
    """The inverse covariance of each set applied to its class means `[b, k, d]`."""
    weights = torch.empty_like(about)
    d = about.shape[2]
    n_rows = covariances.moments.counts.sum(1)
    wide = (n_rows < d) & torch.tensor(covariances.shrinks, device=about.device)
    for at in wide.nonzero().flatten().tolist():
        weights[at] = _solve_wide(*covariances.rows_and_ridge(at), about[at].T).T
    narrow = (~wide).nonzero().flatten()
    if refining_pays(covariances.X, covariances.moments):
        weights[narrow], solved = refined_weights(covariances, narrow)
        narrow = narrow[~solved]
    each = d * d * about.element_size() * _WORKING_MATRICES
    for part in blocks(len(narrow), each, about.device):
        sets = narrow[part]
        factors, failed = cholesky(covariances.matrices(sets))
        weights[sets] = solve_with(factors, about[sets].mT).mT
        for at in sets[failed | ~_well_conditioned(factors)].tolist():
            weights[at] = _solve_singular(covariances.matrix_of_rows(at), about[at].T).T
    return weights


def _solve_wide(rows: Tensor, ridge: Tensor, B: Tensor) -> Tensor:
    """Solve with `rows' rows + diag(ridge)` by Woodbury: the system is one over rows."""
    # of two rows each, classes are shrunk by rounding alone
    rounding = rows.square().sum(0) * len(rows) * torch.finfo(rows.dtype).eps
    if not bool((ridge > rounding).all()):
        matrix = gram(rows)
        matrix.diagonal().add_(ridge)
        return _solve_singular(matrix, B)
    root = ridge.sqrt()
    thin, B = rows / root, B / root[:, None]
    inner = gram(thin.T)
    inner.diagonal().add_(1)
    correction = torch.cholesky_solve(thin @ B, torch.linalg.cholesky(inner))
    solution: Tensor = (B - (correction.T @ thin).T) / root[:, None]
    return solution


def _solve_singular(S: Tensor, B: Tensor) -> Tensor:
    """Solve by the eigenvectors that are there."""
    values, vectors = torch.linalg.eigh(S)
    there = values > values[-1] * len(S) * torch.finfo(S.dtype).eps
    vectors = vectors[:, there]
    solution: Tensor = vectors @ ((vectors.T @ B) / values[there, None])
    return solution


def _well_conditioned(factors: Tensor) -> Tensor:
    """Whether no pivot is rounding alone, `[b]`."""
    pivots = factors.diagonal(dim1=1, dim2=2).square()
    least = pivots.amax(1) * factors.shape[1] * torch.finfo(factors.dtype).eps
    return pivots.amin(1) > least
