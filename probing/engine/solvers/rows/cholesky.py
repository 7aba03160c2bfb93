"""Cholesky factors of large symmetric matrices."""

from __future__ import annotations

import torch
from torch import Tensor

_BLOCK = 96
_FEW_BLOCKS = 3


def cholesky(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """The lower factors of lower matrices `[b, d, d]`, and whether each failed, `[b]`.

    What stands above the diagonal of a factor means nothing. Large matrices are overwritten on a
    CPU: there a factor from blocks, nearly all of it by matrix products, takes less time.
    """
    if matrices.device.type != "cpu" or matrices.shape[-1] < _FEW_BLOCKS * _BLOCK:
        factors, info = torch.linalg.cholesky_ex(matrices)
        return factors, info.bool()
    return matrices, torch.tensor([_by_blocks(matrix) for matrix in matrices], dtype=torch.bool)


def solve_with(factors: Tensor, right: Tensor) -> Tensor:
    """The solutions `[b, d, k]` of systems with lower factors `[b, d, d]`.

    The factors are read as they lie, where torch's `cholesky_solve` turns them first.
    """
    half = torch.linalg.solve_triangular(factors, right, upper=False)
    whole: Tensor = torch.linalg.solve_triangular(factors.mT, half, upper=True)
    return whole


def _by_blocks(A: Tensor) -> bool:
    """Put the factor of `A` `[d, d]` in its place, panel after panel; whether that failed."""
    d = len(A)
    identity = torch.eye(_BLOCK, dtype=A.dtype)
    for begin in range(0, d, _BLOCK):
        end = min(begin + _BLOCK, d)
        panel = A[begin:, begin:end]
        panel.addmm_(A[begin:, :begin], A[begin:end, :begin].T, alpha=-1)
        corner, info = torch.linalg.cholesky_ex(panel[: end - begin])
        if bool(info):
            return True
        panel[: end - begin] = corner
        eye = identity[: end - begin, : end - begin]
        below = panel[end - begin :]
        below.copy_(below @ torch.linalg.solve_triangular(corner, eye, upper=False).T)
    return False
