"""The curvature of each logit by itself, as a preconditioner of problems with many classes.

The Hessian of many logits is too large to decompose, but its blocks on the diagonal, one for each
logit, are small; what they leave out is how the classes pull at each other. Most of a class's
block comes of the few rows that it is in doubt of: the other rows count by their mean squares.
A block is then a diagonal and a few rows, and its inverse takes a factor of as many rows alone.
Max A. Woodbury, Inverting modified matrices (1950).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.curvature_factors import Factor, Factors
from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import budget_bytes

_ROWS = 0.5  # rows of a block, for each of its columns
_LIFT = {torch.float32: 1e-3, torch.float64: 1e-7}  # of the diagonal, so that rounding is harmless


def class_work(design: Design, n_logits: int) -> float:
    """Arithmetic of the blocks of one group, and of their factors."""
    m, width = _n_rows(design), design.width
    return n_logits * m * (width * (4 * m + 2 * width) + m**2)


def class_factors_fit(design: Design, n_groups: int, n_logits: int) -> bool:
    """Whether the blocks of that many groups fit the memory of a block of problems."""
    size = torch.finfo(design.dtype).bits // 8
    return (n_groups + 2) * n_logits * _n_rows(design) * design.width * size <= budget_bytes(
        design.device
    )


@dataclass(frozen=True)
class ClassFactor:
    """The inverses `S (1 - Q'Q) S` of k blocks.

    `scale` `[k, r + 1]` is the diagonal of S, `rows` are the Q `[k, m, r + 1]`.
    """

    scale: Tensor
    rows: Tensor

    def solve(self, right: Tensor) -> Tensor:
        """The inverses applied to `[b, k, r + 1]`."""
        scaled = (self.scale * right).transpose(0, 1).contiguous()
        scaled -= (scaled @ self.rows.mT) @ self.rows
        return scaled.mul_(self.scale.unsqueeze(1)).transpose(0, 1)


def class_factors_of(
    design: Design,
    loss: Slopes,
    problems: Problems,
    logits: Tensor,
    mean_square: Tensor,
    group: Tensor,
) -> Factors:
    """The factors of the blocks of every group's mean Hessian at the logits `[b, k, n]`.

    `mean_square` `[b, 1, r + 1]` are those of the design's columns. The penalty form is taken to
    be plain.
    """
    found: list[Factor | None] = []
    for number in range(int(group[-1]) + 1):
        own = torch.nonzero(group == number).squeeze(1)
        some = problems.rows(own)
        bends = loss.diagonal(loss.response(logits[own], some.targets), some.targets)
        bends = bends.mul_(some.weights.unsqueeze(1)).mean(0)
        found.append(_factor(design, bends, mean_square[own].mean(0), some.l2.mean()))
    return Factors(found, group)


def _n_rows(design: Design) -> int:
    return min(design.n_rows, int(_ROWS * design.width))


def _factor(design: Design, bends: Tensor, mean_square: Tensor, l2: Tensor) -> ClassFactor | None:
    """Of `Z' diag(bend) Z` for bends `[k, n]` and the penalty; None where a block is unsound."""
    top, at = bends.topk(_n_rows(design), dim=1)
    numbers, places = torch.unique(at, return_inverse=True)
    rows = design.at(numbers)[places] * top.clamp_min(0).sqrt().unsqueeze(2)
    rest = (bends.sum(1) - top.sum(1)).clamp_min(0)
    diagonal = rest[:, None] * mean_square
    diagonal[:, :-1] += l2
    own = rows.square().sum(1)
    diagonal = torch.maximum(diagonal, _LIFT[bends.dtype] * (diagonal + own))
    scale = diagonal.rsqrt()
    rows.mul_(scale.unsqueeze(1))
    inner = rows @ rows.mT
    inner.diagonal(dim1=1, dim2=2).add_(1)
    factors, failed = torch.linalg.cholesky_ex(inner)
    sound = not bool(failed.any()) and bool(scale.isfinite().all())
    if not sound:
        return None
    unit = torch.eye(rows.shape[1], dtype=rows.dtype, device=rows.device)
    inverse = torch.linalg.solve_triangular(factors, unit.expand_as(factors), upper=False)
    return ClassFactor(scale, inverse @ rows)
