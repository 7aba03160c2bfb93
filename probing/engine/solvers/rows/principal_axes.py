"""Principal axes of a set of rows, from the smaller of its two Gram matrices."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.rows.gram import gram, gram_of
from probing.engine.solvers.rows.streamed_rows import Rows


def principal_axes(X: Rows, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues `[r]`, ascending, and eigenvectors `[d, r]` of the rows of `X` in `mask` `[n]`.

    All d of them for as many rows or more; else those that the rows span. The rows are centred.
    """
    n, d = int(mask.sum()), X.shape[1]
    if d <= n:
        values, axes = torch.linalg.eigh(gram_of(X, mask))
        return values.clamp_min(0), axes
    rows = X.of(mask)
    values, left = torch.linalg.eigh(gram(rows.T))
    there = values > values[-1] * n * 10 * torch.finfo(rows.dtype).eps
    values, left = values[there], left[:, there]
    return values, rows.T @ (left / values.sqrt())
