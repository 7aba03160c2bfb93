"""Gram matrices and the coordinates they give.

Where a symmetric matrix is called lower, what stands above its diagonal means nothing: Cholesky's
and the eigenvalue decomposition do not read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

_PANEL = 192


def gram(A: Tensor) -> Tensor:
    """`A'A` `[..., d, d]`, lower, of `A` `[..., n, d]`."""
    d = A.shape[-1]
    product = A.new_zeros(*A.shape[:-2], d, d)
    for rows, columns in _panels(d):
        torch.matmul(A[..., rows].mT, A[..., columns], out=product[..., rows, columns])
    return product


def less_gram(whole: Tensor, A: Tensor) -> Tensor:
    """`whole - A'A` `[b, d, d]`, lower, of a lower `whole` `[d, d]` and `A` `[b, n, d]`."""
    difference = whole.repeat(len(A), 1, 1)
    for rows, columns in _panels(A.shape[-1]):
        panel = difference[:, rows, columns]
        torch.baddbmm(panel, A[..., rows].mT, A[..., columns], alpha=-1, out=panel)
    return difference


def square_sum(matrix: Tensor, weights: Tensor) -> Tensor:
    """`Σ w_i m_ij² w_j` `[b]` of lower matrices `[b, d, d]` and weights `[b, d]`."""
    total = weights.new_zeros(len(weights))
    for rows, columns in _panels(matrix.shape[-1]):
        twice = weights[:, columns].clone()
        twice[:, : rows.start] *= 2
        sums = matrix[:, rows, columns].square() @ twice.unsqueeze(2)
        total += (sums.squeeze(2) * weights[:, rows]).sum(1)
    return total


def _panels(d: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of panels that cover what stands below the diagonal."""
    for begin in range(0, d, _PANEL):
        end = min(begin + _PANEL, d)
        yield slice(begin, end), slice(0, end)


@dataclass(frozen=True)
class Coordinates:
    """Principal coordinates `Z` `[n, r]` of rows, their squared lengths `energy` `[r]`, and `U`.

    `U` `[n, r]` are the orthonormal columns of `Z` where there are fewer rows than features:
    there `Z = U sqrt(energy)` holds to the last digit; else None.
    """

    Z: Tensor
    energy: Tensor
    U: Tensor | None
    _back: Tensor

    def of(self, X: Tensor, rows: Tensor) -> Tensor:
        """The coordinates `[p, r]` of other rows `X` `[p, d]`, given the first ones `rows`."""
        if self.U is None:
            return X @ self._back
        return (X @ rows.T) @ self._back


def coordinates(rows: Tensor) -> Coordinates:
    """The coordinates of `rows` `[n, d]`, which are centred: from the smaller Gram matrix."""
    n, d = rows.shape
    if d < n:
        energy, V = torch.linalg.eigh(gram(rows))
        return Coordinates(rows @ V, energy.clamp_min(0), None, V)
    energy, U = torch.linalg.eigh(gram(rows.T))
    keep = energy > energy[-1] * n * 10 * torch.finfo(rows.dtype).eps
    energy, U = energy[keep], U[:, keep]
    length = energy.sqrt()
    return Coordinates(U * length, energy, U, U / length)
