"""The problem: many linear models with an L1 penalty on the columns of one matrix.

Problem b minimises `Σ w_bi loss(x_i·V_b + c_b, y_bi) + Σ_kj l1_b |U_bkj| + l2_b/2 U_bkj²` with
`U_bkj = s_bj V_bkj`, where the weights w sum to 1 and the intercepts c are free: the elastic net on
features that the problem's own subset of rows has scaled by s, in coordinates that all problems
share. Zeros are zeros in both, so that no problem needs features of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.streamed_rows import Rows


@dataclass(frozen=True)
class SparseDesign:
    """Features `[n, d + 1]` with a last column of ones, and what each subset divides them by.

    `units` is `[n_subsets, d + 1]`, 1 for the intercept's column.
    """

    X: Tensor
    units: Tensor

    @classmethod
    def of(cls, rows: Rows, deviations: Tensor | None, n_subsets: int = 1) -> SparseDesign:
        """Centred `rows` `[n, d]` that subsets divide by their `deviations` `[n_subsets, d]`."""
        X = rows.whole
        units = X.new_ones(n_subsets if deviations is None else len(deviations), X.shape[1] + 1)
        if deviations is not None:
            units[:, :-1] = deviations
        return cls(torch.cat([X, X.new_ones(len(X), 1)], 1), units)

    def of_subsets(self, part: slice) -> SparseDesign:
        """The design of some of the subsets."""
        return SparseDesign(self.X, self.units[part])

    def to(self, dtype: torch.dtype) -> SparseDesign:
        """The same design in another precision."""
        return SparseDesign(self.X.to(dtype), self.units.to(dtype))

    def columns(self, columns: Tensor) -> SparseDesign:
        """Some of the features, and the intercept's column if it is among `columns`."""
        return SparseDesign(self.X[:, columns].contiguous(), self.units[:, columns])

    def logits(self, W: Tensor) -> Tensor:
        """`[b, k, n]` for weights `[b, k, d + 1]`."""
        return (W.flatten(0, 1) @ self.X.T).view(*W.shape[:2], -1)

    def pull(self, residual: Tensor) -> Tensor:
        """The gradient `[b, k, d + 1]` of weighted residuals `[b, k, n]`."""
        return (residual.flatten(0, 1) @ self.X).view(*residual.shape[:2], -1)


@dataclass(frozen=True)
class SparseProblems:
    """b problems over one design: targets and weights `[b, n]`; l1, l2 and subset `[b]`."""

    targets: Tensor
    weights: Tensor
    l1: Tensor
    l2: Tensor
    subset: Tensor

    def __len__(self) -> int:
        return len(self.l1)

    def rows(self, rows: Tensor) -> SparseProblems:
        """Some of the problems."""
        return SparseProblems(*(getattr(self, field.name)[rows] for field in fields(self)))

    def to(self, dtype: torch.dtype) -> SparseProblems:
        """The same problems in another precision."""
        floating = [f.name for f in fields(self) if getattr(self, f.name).is_floating_point()]
        return replace(self, **{name: getattr(self, name).to(dtype) for name in floating})


def cold_start(design: SparseDesign, loss: Loss, problems: SparseProblems) -> Tensor:
    """Zero weights and the intercepts that fit the targets alone, `[b, k, d + 1]`."""
    intercepts = loss.start(problems.targets, problems.weights)
    W = intercepts.new_zeros(*intercepts.shape, design.X.shape[1])
    W[..., -1] = intercepts
    return W


@dataclass(frozen=True)
class Descent:
    """How an objective falls: the smooth part's gradient, and the steepest descent of the whole.

    `gradient` and `steepest` are `[b, k, d + 1]`; `steepest` is the subgradient of least
    length, zero at a solution. `violation` `[b]` is its largest entry, for features in each
    problem's own units, as a share of the largest entry of the loss's gradient (or of `l1`,
    where that is larger): of 1e-6 it says that the optimality conditions hold to six digits.
    """

    gradient: Tensor
    steepest: Tensor
    violation: Tensor

    def rows(self, rows: Tensor) -> Descent:
        """Those of some of the problems."""
        return Descent(*(getattr(self, field.name)[rows] for field in fields(self)))


def descent_of(
    design: SparseDesign, problems: SparseProblems, W: Tensor, pulled: Tensor
) -> Descent:
    """The slopes at `W`, where the loss has the gradient `pulled` `[b, k, d + 1]`."""
    units = design.units[problems.subset].unsqueeze(1)
    threshold, ridge = penalties(design, problems)
    gradient = torch.addcmul(pulled, ridge, W)
    moving = gradient + threshold * W.sign()
    resting = torch.copysign((gradient.abs() - threshold).clamp_min_(0), gradient)
    steepest = torch.where(W != 0, moving, resting)
    size = (pulled / units)[..., :-1].abs().amax((1, 2))
    violation = (steepest / units).abs().amax((1, 2)) / torch.maximum(size, problems.l1)
    return Descent(gradient, steepest, violation)


def penalties(design: SparseDesign, problems: SparseProblems) -> tuple[Tensor, Tensor]:
    """What each weight's L1 and squared part are multiplied by, `[b, 1, d + 1]` each."""
    units = design.units[problems.subset].unsqueeze(1)
    threshold = problems.l1[:, None, None] * units
    ridge = problems.l2[:, None, None] * units.square()
    threshold[..., -1] = 0
    ridge[..., -1] = 0
    return threshold, ridge


def descent_at(design: SparseDesign, loss: Loss, problems: SparseProblems, W: Tensor) -> Descent:
    """The slopes at `W`, from the weights alone."""
    response = loss.response(design.logits(W), problems.targets)
    residual = loss.residual(response, problems.targets) * problems.weights.unsqueeze(1)
    return descent_of(design, problems, W, design.pull(residual))
