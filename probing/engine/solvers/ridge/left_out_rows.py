"""Ridge predictions for left-out rows, from one decomposition of all rows.

With H the matrix that turns targets into fitted values (intercept included), E the residuals of
the fit to all rows and h the rows that are left out, the fit without them has the residuals
`(I - H_hh)⁻¹ E_h` there, and that for every strength. Golub, Heath and Wahba, Generalized
cross-validation as a method for choosing a good ridge parameter, Technometrics 21 (1979).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.scatter import padded_rows

# the least pivot, relative to the numbers that were added up, that leaves digits enough
_LEAST_PIVOT = 1e-7


@dataclass(frozen=True)
class LeftOut:
    """Predictions `[b, m, p, q]` for rows `at` `[b, p]`, those that are `there` no padding.

    `sound` `[b, m]` tells where they are exact.
    """

    predictions: Tensor
    at: Tensor
    there: Tensor
    sound: Tensor


def left_out_predictions(
    basis: Basis, targets: Tensor, left_out: Tensor, alphas: Tensor
) -> LeftOut:
    """Predictions for each of b choices of rows `left_out` `[b, n]`, by fits to the other rows.

    `targets` are `[b, n, q]`, `alphas` `[b, m]`. The features are measured in the same units
    whatever is left out.
    """
    at, there = padded_rows(left_out)
    wanted = _rows(targets, at)
    parts = _spanned if basis.is_wide else _fitted
    found = parts(basis, targets - targets.mean(1, keepdim=True), alphas, at, there)
    factors, failed = torch.linalg.cholesky_ex(found.matrices)
    pivots = factors.diagonal(dim1=2, dim2=3).square().amin(2)
    residuals = torch.cholesky_solve(found.residuals, factors)
    sound = (failed == 0) & (pivots > _LEAST_PIVOT * found.size)
    return LeftOut(wanted.unsqueeze(1) - residuals, at, there, sound)


def everywhere(basis: Basis, targets: Tensor, alphas: Tensor, out: LeftOut) -> Tensor:
    """Predictions `[b, m, n, q]` of all rows by the fits that leave some out.

    A fit to all rows, with what is predicted of those left out as their targets, is that without
    them: they add nothing to its error.
    """
    filled = targets.unsqueeze(1).repeat(1, alphas.shape[1], 1, 1)
    _put(filled, out)
    mean = filled.mean(2, keepdim=True)
    pulled = basis.Z.T @ (filled - mean) / (basis.energy + alphas[..., None]).unsqueeze(3)
    found = basis.Z @ pulled + mean
    _put(found, out)
    return found


def _put(values: Tensor, out: LeftOut) -> None:
    for own, predictions, rows, real in zip(
        values, out.predictions, out.at, out.there, strict=True
    ):
        own[:, rows[real]] = predictions[:, real]


@dataclass(frozen=True)
class _System:
    """`I - H_hh` `[b, m, p, p]` (one on the diagonal where a row is padding), `E_h`, and the size
    of what was added up."""

    matrices: Tensor
    residuals: Tensor
    size: Tensor | float


def _fitted(basis: Basis, centred: Tensor, alphas: Tensor, at: Tensor, there: Tensor) -> _System:
    """With more rows than columns: everything less what is fitted."""
    matrices, fitted = _products(
        basis.Z, centred, 1 / (basis.energy + alphas[..., None]), at, there
    )
    matrices.neg_().sub_(_intercept(there, len(basis.Z), centred.dtype))
    matrices.diagonal(dim1=2, dim2=3).add_(1)
    return _System(matrices, _rows(centred, at).unsqueeze(1) - fitted, 1.0)


def _spanned(basis: Basis, centred: Tensor, alphas: Tensor, at: Tensor, there: Tensor) -> _System:
    """With more columns: what is left of every direction, and what lies in none of them.

    A small strength leaves so little that a difference would be rounding alone.
    """
    n, r = basis.Z.shape
    U = basis.Z / basis.energy.sqrt()
    U = U - U.mean(0)  # the weakest are mixed with the mean direction by rounding
    left = alphas[..., None] / (basis.energy + alphas[..., None])
    matrices, residuals = _products(U, centred, left, at, there)
    diagonal = matrices.diagonal(dim1=2, dim2=3)
    diagonal.add_(~there.unsqueeze(1))
    if r == n - 1:
        size = (diagonal * there.unsqueeze(1)).amax(2)
        return _System(matrices, residuals, size)
    beyond, outside = _products(U, centred, torch.ones_like(left[:, :1]), at, there)
    beyond += _intercept(there, n, centred.dtype)
    matrices -= beyond
    diagonal.add_(there.unsqueeze(1))
    return _System(matrices, residuals + _rows(centred, at).unsqueeze(1) - outside, 1.0)


def _intercept(there: Tensor, n: int, dtype: torch.dtype) -> Tensor:
    """What the intercept fits of the rows that are no padding, `[b, 1, p, p]`."""
    real = there.to(dtype)
    return (real.unsqueeze(2) * real.unsqueeze(1)).unsqueeze(1) / n


def _products(
    Y: Tensor, centred: Tensor, shares: Tensor, at: Tensor, there: Tensor
) -> tuple[Tensor, Tensor]:
    """`Y_h s Y_h'` `[b, m, p, p]` and `Y_h s Y'T` `[b, m, p, q]` for shares s `[b, m, r]`."""
    rows = Y[at] * there.unsqueeze(2)
    weighted = (rows.unsqueeze(1) * shares.unsqueeze(2)).flatten(1, 2)
    shape = (*shares.shape[:2], rows.shape[1], -1)
    return (weighted @ rows.mT).view(shape), (weighted @ (Y.T @ centred)).view(shape)


def _rows(values: Tensor, at: Tensor) -> Tensor:
    return values.gather(1, at.unsqueeze(2).expand(-1, -1, values.shape[2]))
