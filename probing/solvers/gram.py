"""Gram matrices of many sets of rows.

Where a symmetric matrix is called lower, what stands above its diagonal means nothing: Cholesky's
and the eigenvalue decomposition do not read it.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

_PANEL = 192


def gram(A: Tensor, weights: Tensor | None = None) -> Tensor:
    """`A'A` `[..., d, d]`, lower, of `A` `[..., n, d]`; `A' diag(weights) A` of weights `[n]`."""
    d = A.shape[-1]
    product = A.new_zeros(*A.shape[:-2], d, d)
    weighted = A if weights is None else A * weights.unsqueeze(-1)
    for rows, columns in _panels(product):
        torch.matmul(weighted[..., rows].mT, A[..., columns], out=product[..., rows, columns])
    return product


def less_gram(whole: Tensor, A: Tensor) -> Tensor:
    """`whole - A'A` `[b, d, d]`, lower, of a lower `whole` `[d, d]` and `A` `[b, n, d]`."""
    difference = whole.repeat(len(A), 1, 1)
    for rows, columns in _panels(difference):
        panel = difference[:, rows, columns]
        torch.baddbmm(panel, A[..., rows].mT, A[..., columns], alpha=-1, out=panel)
    return difference


def square_sum(matrix: Tensor, weights: Tensor) -> Tensor:
    """`Σ w_i m_ij² w_j` `[b]` of lower matrices `[b, d, d]` and weights `[b, d]`."""
    total = weights.new_zeros(len(weights))
    for rows, columns in _panels(matrix):
        twice = weights[:, columns].clone()
        twice[:, : rows.start] *= 2
        sums = matrix[:, rows, columns].square() @ twice.unsqueeze(2)
        total += (sums.squeeze(2) * weights[:, rows]).sum(1)
    return total


def _panels(matrix: Tensor) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of panels that cover what stands below the diagonal; a GPU is faster at
    the whole."""
    d = matrix.shape[-1]
    width = _PANEL if matrix.device.type == "cpu" else max(d, 1)
    for begin in range(0, d, width):
        end = min(begin + width, d)
        yield slice(begin, end), slice(0, end)
