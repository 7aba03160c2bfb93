"""Factors of the Hessians of groups of alike problems, to precondition them with.

The problems of a training's inner folds with one strength differ by few rows: the mean of their
Hessians is close to each, and is decomposed once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.rows.cholesky import cholesky, solve_with
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import budget_bytes

_ALIKE = 1.3  # penalties that differ by less than this factor are one
# arithmetic that is done in the time that an iteration takes whatever its size: about 1.5 ms on
# a CPU; that of a GPU is a guess
_OVERHEAD = {"cpu": 5e7, "cuda": 3e10}


def hessian_work(design: Design, n_logits: int) -> float:
    """Arithmetic of one Hessian and of its factor."""
    n, width, k = design.n_rows, design.width, n_logits
    return k * (k + 1) * n * width**2 + (k * width) ** 3 / 3


def factor_work(design: Design, n_groups: int, n_logits: int) -> float:
    """What the factors of groups take, one after another, as arithmetic."""
    return n_groups * (hessian_work(design, n_logits) + overhead(design))


def overhead(design: Design) -> float:
    """What takes as long as an iteration does whatever its size, as arithmetic."""
    return _OVERHEAD.get(design.device.type, 0)


def iteration_work(design: Design, n_problems: int, n_logits: int) -> float:
    """Arithmetic of one iteration without a Hessian, and what takes as long."""
    products = n_problems * 4 * design.n_rows * n_logits * design.width
    return products + overhead(design)


class Factor(Protocol):
    """What applies the inverse of a group's curvature."""

    def solve(self, right: Tensor) -> Tensor:
        """The inverse applied to `[b, k, r + 1]`."""


@dataclass(frozen=True)
class WholeFactor:
    """The Cholesky factor `[k (r + 1), k (r + 1)]` of a Hessian."""

    lower: Tensor

    def solve(self, right: Tensor) -> Tensor:
        """The inverse applied to `[b, k, r + 1]`."""
        return solve_with(self.lower, right.flatten(1).T).T.view(right.shape)


@dataclass(frozen=True)
class Factors:
    """The factor of each group, and the group of each problem, `[b]`.

    A group whose curvature is not positive has none.
    """

    factors: Sequence[Factor | None]
    group: Tensor

    def keep(self, rows: Tensor) -> Factors:
        """Those of some of the problems."""
        return Factors(self.factors, self.group[rows])

    def solve(self, vector: Tensor, solved: Tensor) -> Tensor:
        """The inverse of each problem's group applied to `[b, k, r + 1]`, put into `solved`."""
        names, counts = torch.unique_consecutive(self.group, return_counts=True)
        begin = 0
        for name, count in zip(names.tolist(), counts.tolist(), strict=True):
            rows, factor = slice(begin, begin + count), self.factors[name]
            begin += count
            if factor is not None:
                solved[rows] = factor.solve(vector[rows])
        return solved


def groups_of(problems: Problems) -> Tensor:
    """The group of each problem, `[b]`: neighbours of one subset and about one penalty."""
    subset, l2 = problems.subset, problems.l2
    begins = torch.zeros(len(subset), dtype=torch.bool, device=subset.device)
    other = (l2[1:] > _ALIKE * l2[:-1]) | (l2[:-1] > _ALIKE * l2[1:])
    begins[1:] = other | (subset[1:] != subset[:-1])
    return begins.cumsum(0)


def factors_fit(design: Design, n_groups: int, n_logits: int) -> bool:
    """Whether the factors of that many groups fit the memory of a block."""
    size = torch.finfo(design.dtype).bits // 8
    return (n_groups + 2) * (n_logits * design.width) ** 2 * size <= budget_bytes(design.device)


def factors_of(
    design: Design, loss: Slopes, problems: Problems, logits: Tensor, group: Tensor
) -> Factors:
    """The factors of every group's mean Hessian at the logits `[b, k, n]`."""
    found: list[Factor | None] = []
    for number in range(int(group[-1]) + 1):
        own = torch.nonzero(group == number).squeeze(1)
        hessian = _hessian(design, loss, problems.rows(own), logits[own])
        factor, failed = cholesky(hessian[None])
        sound = not bool(failed) and bool(factor.diagonal(dim1=1, dim2=2).isfinite().all())
        found.append(WholeFactor(factor[0]) if sound else None)
    return Factors(found, group)


def _hessian(design: Design, loss: Slopes, problems: Problems, logits: Tensor) -> Tensor:
    """The mean Hessian of problems of one subset, `[k (r + 1), k (r + 1)]`, lower."""
    k, width, r = logits.shape[1], design.width, design.width - 1
    bends = _mean_bends(loss, problems, logits)
    hessian = bends.new_zeros(k, width, k, width)
    unit = torch.eye(r, dtype=bends.dtype, device=bends.device)[None]
    penalty = design.penalty.times(unit, problems.subset[:1])[0] * problems.l2.mean()
    for one in range(k):
        blocks = design.bent(bends[one, : one + 1])
        hessian[one, :, : one + 1] = blocks.transpose(0, 1)
        hessian[one, :r, one, :r] += penalty
    if k > 1:  # intercepts that all move together change nothing
        level = hessian[:, r, :, r].diagonal().mean()
        hessian[:, r, :, r] += level / k
    return hessian.view(k * width, k * width)


def _mean_bends(loss: Slopes, problems: Problems, logits: Tensor) -> Tensor:
    """The mean of the weighted second derivatives by two logits, `[k, k, n]`."""
    response = loss.response(logits, problems.targets)
    weights = problems.weights.unsqueeze(1)
    bends = []
    for one in range(logits.shape[1]):
        along = torch.zeros_like(response)
        along[:, one] = 1
        bends.append((loss.bend(response, problems.targets, along) * weights).mean(0))
    return torch.stack(bends)
