"""Symmetric matrix products at little more than half the arithmetic."""

from __future__ import annotations

import torch
from torch import Tensor

_BLOCKS = 5


def symmetric_product(A: Tensor, weights: Tensor | None = None) -> Tensor:
    """`A diag(weights) A'` `[n, n]` of `A` `[n, d]`, all weights 1 where there are none.

    On a CPU only the lower half is computed, in strips; a GPU is faster at the whole.
    """
    B = A if weights is None else A * weights
    if A.device.type != "cpu":
        return B @ A.T
    n = len(A)
    strip = max(64, -(-n // _BLOCKS))
    product = A.new_empty(n, n)
    for begin in range(0, n, strip):
        end = min(n, begin + strip)
        torch.matmul(B[begin:end], A[:end].T, out=product[begin:end, :end])
        product[:begin, begin:end] = product[begin:end, :begin].T
    return product
