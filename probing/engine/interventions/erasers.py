"""Erasers of a concept: affine maps that leave features without what a target says of them.

LEACE is the closed form of Belrose et al. 2023 ("LEACE: Perfect linear concept erasure in closed
form", theorem 4.3): of all affine maps after which no linear classifier of the rows does better
than a constant, the one that moves them least. Mean projection takes the plane out through which
the means of the classes differ.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from probing.engine.interventions.edits import Affine

Numbers = NDArray[np.float64]
_LEAST = 1e-3  # of the largest singular value of the cross-covariance, in its own units: as LEACE


def targets_of(targets: NDArray[np.generic], task: str, n_classes: int) -> Numbers:
    """What is erased as columns `[n, k]`: one for each class, or the number itself."""
    if task == "regression":
        return targets.astype(np.float64)[:, None]
    return np.eye(n_classes)[targets.astype(np.int64)]


def leace(X: Numbers, Z: Numbers) -> Affine:
    """LEACE of the rows `X` `[n, d]` for the columns `Z` `[n, k]`."""
    x, z = _centred(X), _centred(Z)
    # of rows alone: the whitening of d dimensions is that of the right singular vectors of x
    _, sizes, axes = np.linalg.svd(x, full_matrices=False)
    kept = sizes > sizes.max(initial=0.0) * max(X.shape) * np.finfo(X.dtype).eps
    share, variances, axes = ledoit_wolf_shrinkage(X), sizes[kept] ** 2 / len(X), axes[kept]
    deviations = np.sqrt((1 - share) * variances + share * variances.sum() / X.shape[1])
    whitened = (x @ axes.T / deviations).T @ z / len(X)
    basis = _span(whitened)
    left = axes.T / deviations @ basis
    right = basis.T * deviations @ axes
    return _affine(left, right, X.mean(axis=0))


def mean_projection(X: Numbers, Z: Numbers) -> Affine:
    """The orthogonal projection that leaves rows `X` `[n, d]` uncorrelated with `Z` `[n, k]`."""
    basis = _span(_centred(X).T @ _centred(Z) / len(X))
    return _affine(basis, basis.T, X.mean(axis=0))


def random_projection(X: Numbers, rank: int, seed: int) -> Affine:
    """The orthogonal projection that takes out a random subspace of that rank."""
    drawn = np.random.default_rng(seed).standard_normal((X.shape[1], rank))
    basis = np.linalg.qr(drawn)[0]
    return _affine(basis, basis.T, X.mean(axis=0))


def rank_of(eraser: Affine) -> int:
    """How many dimensions an eraser takes out."""
    return int(eraser.left.shape[1])


def _centred(values: Numbers) -> Numbers:
    centred: Numbers = values - values.mean(axis=0)
    return centred


def _span(columns: Numbers) -> Numbers:
    """An orthonormal basis of the columns, `[d, rank]`; those that are rounding are left out."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    largest = sizes.max(initial=0.0)
    return basis[:, sizes > max(largest * _LEAST, 1e-12)]


def _affine(left: Numbers, right: Numbers, centre: Numbers) -> Affine:
    parts = (torch.from_numpy(np.ascontiguousarray(one)).float() for one in (left, right, centre))
    return Affine(*parts)
