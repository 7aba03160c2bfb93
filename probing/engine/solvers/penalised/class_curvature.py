"""The curvature of each logit by itself, as a preconditioner of problems with many classes.

The Hessian of many logits is too large to decompose, but its blocks on the diagonal, one for each
logit, are small; what they leave out is how the classes pull at each other. Most of a class's
block comes of the few rows that it is in doubt of: the other rows count by their mean squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.rows.cholesky import solve_with
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import budget_bytes

_ROWS = 0.5  # rows of a block, for each of its columns
_LIFT = {torch.float32: 1e-4, torch.float64: 1e-8}  # of the diagonal, so that rounding is harmless


def class_work(design: Design, n_logits: int) -> float:
    """Arithmetic of the blocks of one group, and of their factors."""
    m, width = _n_rows(design), design.width
    return n_logits * width**2 * (4 * m + width / 3)


def class_factors_fit(design: Design, n_groups: int, n_logits: int) -> bool:
    """Whether the blocks of that many groups fit the memory of a block of problems."""
    size = torch.finfo(design.dtype).bits // 8
    return (n_groups + 2) * n_logits * design.width**2 * size <= budget_bytes(design.device)


@dataclass(frozen=True)
class ClassFactors:
    """Factors `[k, r + 1, r + 1]` of the blocks of groups, and the group of each problem, `[b]`.

    A group with a block that is not positive has none.
    """

    factors: list[Tensor | None]
    group: Tensor

    def keep(self, rows: Tensor) -> ClassFactors:
        """Those of some of the problems."""
        return ClassFactors(self.factors, self.group[rows])

    def solve(self, vector: Tensor, solved: Tensor) -> Tensor:
        """The inverse of each problem's group applied to `[b, k, r + 1]`, put into `solved`."""
        names, counts = torch.unique_consecutive(self.group, return_counts=True)
        begin = 0
        for name, count in zip(names.tolist(), counts.tolist(), strict=True):
            rows, factors = slice(begin, begin + count), self.factors[name]
            begin += count
            if factors is not None:
                right = vector[rows].permute(1, 2, 0)
                solved[rows] = solve_with(factors, right).permute(2, 0, 1)
        return solved


def class_factors_of(
    design: Design,
    loss: Slopes,
    problems: Problems,
    logits: Tensor,
    mean_square: Tensor,
    group: Tensor,
) -> ClassFactors:
    """The factors of the blocks of every group's mean Hessian at the logits `[b, k, n]`.

    `mean_square` `[b, 1, r + 1]` are those of the design's columns.
    """
    found: list[Tensor | None] = []
    for number in range(int(group[-1]) + 1):
        own = torch.nonzero(group == number).squeeze(1)
        some = problems.rows(own)
        bends = loss.diagonal(loss.response(logits[own], some.targets), some.targets)
        bends = bends.mul_(some.weights.unsqueeze(1)).mean(0)
        blocks = _blocks(design, bends, mean_square[own].mean(0))
        blocks[:, :-1, :-1] += _penalty(design, some)
        found.append(_factor(blocks))
    return ClassFactors(found, group)


def _n_rows(design: Design) -> int:
    return min(design.n_rows, int(_ROWS * design.width))


def _blocks(design: Design, bends: Tensor, mean_square: Tensor) -> Tensor:
    """`Z' diag(bend) Z` `[k, r + 1, r + 1]` of bends `[k, n]`, without a penalty."""
    top, rows = bends.topk(_n_rows(design), dim=1)
    rest = bends.sum(1) - top.sum(1)
    blocks = torch.diag_embed(rest.clamp_min(0)[:, None] * mean_square)
    for block, weights, at in zip(blocks, top, rows, strict=True):
        heavy = weights > 0
        Z = design.at(at[heavy])
        block.addmm_(Z.T, weights[heavy].unsqueeze(1) * Z)
    return blocks


def _penalty(design: Design, problems: Problems) -> Tensor:
    """That of the problems, which share it, `[r, r]`."""
    unit = torch.eye(design.width - 1, dtype=design.dtype, device=design.device)[None]
    return design.penalty.times(unit, problems.subset[:1])[0] * problems.l2.mean()


def _factor(blocks: Tensor) -> Tensor | None:
    """The lower factors, None where a block has none."""
    diagonal = blocks.diagonal(dim1=1, dim2=2)
    diagonal.mul_(1 + _LIFT[blocks.dtype])
    factors, failed = torch.linalg.cholesky_ex(blocks)
    sound = not bool(failed.any()) and bool(diagonal.isfinite().all())
    return factors if sound else None
