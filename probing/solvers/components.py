"""Principal axes of a set of rows, from the smaller of its two Gram matrices."""

from __future__ import annotations

import torch
from torch import Tensor


def principal_axes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues `[r]`, ascending, and eigenvectors `[d, r]` of `rows' rows`.

    All d of them for as many rows or more; else those that the rows span.
    """
    n, d = rows.shape
    if d <= n:
        values, axes = torch.linalg.eigh(rows.T @ rows)
        return values.clamp_min(0), axes
    values, left = torch.linalg.eigh(rows @ rows.T)
    there = values > values[-1] * n * 10 * torch.finfo(rows.dtype).eps
    values, left = values[there], left[:, there]
    return values, rows.T @ (left / values.sqrt())
