"""Gram matrices of many sets of rows.

Where a symmetric matrix is called lower, what stands above its diagonal means nothing: Cholesky's
and the eigenvalue decomposition do not read it.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.rows.streamed_rows import Rows

_PANEL = 192


def gram(A: Tensor, weights: Tensor | None = None) -> Tensor:
    """`A'A` `[d, d]`, lower, of `A` `[n, d]`; `A' diag(weights) A` of weights `[n]`."""
    d = A.shape[-1]
    product = A.new_zeros(d, d)
    weighted = A if weights is None else A * weights.unsqueeze(-1)
    for rows, columns in _panels(product):
        torch.mm(weighted[:, rows].T, A[:, columns], out=product[rows, columns])
    return product


def add_gram(whole: Tensor, A: Tensor, sign: int = 1) -> None:
    """Add `sign A'A` of `A` `[n, d]` to a lower matrix `[d, d]`."""
    for rows, columns in _panels(whole):
        whole[rows, columns].addmm_(A[:, rows].T, A[:, columns], alpha=sign)


def gram_of(X: Rows, mask: Tensor | None = None, dtype: torch.dtype = torch.float64) -> Tensor:
    """`A'A` `[d, d]`, lower, of the rows of `X` in `mask` `[n]`, or of all."""
    d = X.shape[1]
    product = torch.zeros(d, d, dtype=dtype, device=X.device)
    parts = X.pieces() if mask is None else X.chosen(mask)
    for _, rows in parts:
        add_gram(product, rows.to(dtype))
    return product


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
