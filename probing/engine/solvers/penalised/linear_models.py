"""The problem and its solution: many L2-penalised linear models on one design matrix.

Problem b minimises `Σ w_bi loss(z_i·W_b + c_b, y_bi) + l2_b/2 Σ_k W_bk' P W_bk`, where the
weights w sum to 1, P is the penalty form of the problem's subset and the intercepts c are free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.design import Design

_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Problems:
    """b problems over one design: targets `[b, n]`, weights `[b, n]`, l2 and subset `[b]`.

    `slope` `[b, k, r + 1]` is that of a linear term that the objective has as well; `size` `[b]`
    is what gains are relative to, where that is not the objective's own. `squares` `[b, r + 1]`
    are the design's `mean_squares` for the weights, where they are at hand.
    """

    targets: Tensor
    weights: Tensor
    l2: Tensor
    subset: Tensor
    slope: Tensor | None = None
    size: Tensor | None = None
    squares: Tensor | None = None

    def __len__(self) -> int:
        return len(self.l2)

    def rows(self, rows: Tensor) -> Problems:
        """Some of the problems."""
        return self._each(lambda part: part[rows])

    def to(self, dtype: torch.dtype) -> Problems:
        """The same problems in another precision."""
        return self._each(lambda part: part.to(dtype) if part.is_floating_point() else part)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Problems:
        parts = (getattr(self, field.name) for field in fields(self))
        changed: list[Any] = [part if part is None else change(part) for part in parts]
        return Problems(*changed)


@dataclass(frozen=True)
class Solution:
    """Weights `[b, k, r + 1]` (the intercept last) and how well each problem was solved.

    `gradient` is the largest absolute entry of the gradient of the mean loss, `[b]`; `gain` is
    what a further step was expected to gain, relative to the residual.
    """

    weights: Tensor
    gradient: Tensor
    gain: Tensor
    converged: Tensor
    n_iterations: Tensor

    @classmethod
    def unsolved(cls, W: Tensor) -> Solution:
        """Weights to start from, with nothing yet known of them."""
        dtypes = (W.dtype, W.dtype, torch.bool, torch.int64)
        return cls(W.clone(), *(torch.zeros(len(W), dtype=one, device=W.device) for one in dtypes))

    @property
    def solved(self) -> Tensor:
        """Whether the gain left is negligible, `[b]`, be it the tolerance asked for or not."""
        return self.converged | (self.gain <= _NEGLIGIBLE)

    def rows(self, rows: Tensor) -> Solution:
        """The solutions of some of the problems."""
        return Solution(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Tensor, other: Solution) -> None:
        """Take over the solutions of some of the problems."""
        for field in fields(self):
            values = getattr(self, field.name)
            values[rows] = getattr(other, field.name).to(values.dtype)


def cold_start(design: Design, loss: Loss, problems: Problems) -> Tensor:
    """Zero weights and the intercepts that fit the targets alone."""
    intercepts = loss.start(problems.targets, problems.weights)
    W = intercepts.new_zeros(*intercepts.shape, design.width)
    W[..., -1] = intercepts
    return W


def balanced(W: Tensor) -> Tensor:
    """`[b, k, m]` less its mean over the logits.

    Where there are several, only their differences matter to a loss, and the penalty draws what
    they have in common to nothing: that is where solutions lie, and directions may stay.
    """
    return W if W.shape[1] == 1 else W - W.mean(1, keepdim=True)


def least_curvature(design: Design, problems: Problems) -> Tensor:
    """The share of the curvature along the coordinates that any direction has at least, `[b]`.

    The lower edge of the spectrum of n random rows in r dimensions, `(1 - sqrt(r/n))²`: nothing
    where there are fewer rows than dimensions. Marchenko and Pastur, Mathematics of the
    USSR-Sbornik 1 (1967).
    """
    n_rows = (problems.weights > 0).sum(1).to(problems.l2.dtype)
    ratio = (design.width - 1) / n_rows
    return (1 - ratio.sqrt()).clamp_min(0).square()
