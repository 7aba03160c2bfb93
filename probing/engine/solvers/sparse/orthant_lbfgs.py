"""Solve many linear models with an L1 part in their penalty at once.

Orthant-wise L-BFGS, with a diagonal preconditioner and line searches in logit space; Newton's
method on the support for what that leaves unsolved. A problem that has converged leaves the batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs_memory import Memory, dot
from probing.engine.solvers.penalised.line_search import Line, search
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.sparse.logit_shift import least_shift
from probing.engine.solvers.sparse.orthant import OrthantStep, orthant_step
from probing.engine.solvers.sparse.problems import (
    Descent,
    SparseDesign,
    SparseProblems,
    cold_start,
    descent_of,
    penalties,
)
from probing.engine.solvers.sparse.support_newton import newton_direction

_LARGEST_SUPPORT = 4000  # free weights of a problem up to which Newton's steps are within reach
_LEAVE_AT = 0.1  # share of finished problems at which the batch is made smaller
_SHORT = 0.2  # share of a step below which the next one is truncated, not projected
_PATIENCE = 100  # iterations without progress after which a method has done what it can
_STATE = (
    "at",
    "W",
    "logits",
    "threshold",
    "ridge",
    "best",
    "waited",
    "short",
    "curvature",
    "mean_square",
)


@dataclass(frozen=True)
class Method:
    """How far to go: the violation to reach, the most iterations, and by Newton's steps or not."""

    tolerance: float
    max_iterations: int
    newton: bool = False


@dataclass(frozen=True)
class SparseSolution:
    """Weights `[b, k, d + 1]` (the intercept last) and each problem's violation, `[b]`."""

    weights: Tensor
    violation: Tensor

    def rows(self, rows: Tensor) -> SparseSolution:
        """Those of some of the problems."""
        return SparseSolution(self.weights[rows], self.violation[rows])


def minimise_sparse(
    design: SparseDesign,
    loss: Loss,
    problems: SparseProblems,
    start: Tensor | None,
    method: Method,
) -> SparseSolution:
    """Go on from `start` `[b, k, d + 1]`, or from the intercepts alone, in `design`'s precision."""
    W = cold_start(design, loss, problems) if start is None else start.to(design.X.dtype)
    search = _Search(design, loss, problems, W)
    done = SparseSolution(W.clone(), torch.full_like(problems.l1, torch.inf))
    for iteration in range(method.max_iterations + 1):
        search.leave(method.tolerance, iteration == method.max_iterations, done)
        if not len(search.at):
            break
        search.step(search.direction(method.newton))
    return done


class _Search:
    """The state of the problems still under way."""

    def __init__(
        self, design: SparseDesign, loss: Loss, problems: SparseProblems, W: Tensor
    ) -> None:
        self.design, self.loss, self.problems, self.W = design, loss, problems, W
        self.at = torch.arange(len(W), device=W.device)
        self.logits = design.logits(W)
        self.memory = Memory(size=12)
        self.mean_square = (problems.weights @ design.X.square()).unsqueeze(1)
        self.threshold, self.ridge = penalties(design, problems)
        self.best = torch.full_like(problems.l1, torch.inf)
        self.waited = torch.zeros_like(self.at)
        self.short = self.waited > 0
        self._refresh()

    def _refresh(self) -> None:
        """Descent and preconditioner at the present weights."""
        weights, targets = self.problems.weights.unsqueeze(1), self.problems.targets
        response = self.loss.response(self.logits, targets)
        bend = self.loss.diagonal(response, targets).mul_(weights).sum(2, keepdim=True)
        self.curvature = (bend * self.mean_square).add_(self.ridge).clamp_min_(1e-12)
        residual = self.loss.residual(response, targets) * weights
        self.descent: Descent = descent_of(
            self.design, self.problems, self.W, self.design.pull(residual)
        )

    def leave(self, tolerance: float, is_last: bool, done: SparseSolution) -> None:
        """Write down the best that each problem has reached, and drop the finished ones."""
        violation = self.descent.violation.nan_to_num(nan=torch.inf)
        better = violation < done.violation[self.at]
        done.weights[self.at[better]] = self.W[better]
        done.violation[self.at[better]] = violation[better]
        progress = violation < 0.9 * self.best
        self.best = torch.where(progress, violation, self.best)
        self.waited = torch.where(progress, 0, self.waited + 1)
        finished = (violation <= tolerance) | (self.waited >= _PATIENCE) | is_last
        if is_last or float(finished.float().mean()) >= _LEAVE_AT:
            self._keep(torch.nonzero(~finished).squeeze(1))

    def _keep(self, rows: Tensor) -> None:
        self.problems = self.problems.rows(rows)
        self.memory.keep(rows)
        for name in _STATE:
            setattr(self, name, getattr(self, name)[rows])
        self.descent = self.descent.rows(rows)

    def direction(self, newton: bool) -> Tensor:
        """Newton's directions of the weights that are free to move, or L-BFGS's."""
        steepest = self.descent.steepest
        free = (self.W != 0) | (steepest != 0)
        if newton and int(free.flatten(1).sum(1).max()) <= _LARGEST_SUPPORT:
            return newton_direction(
                self.design, self.loss, self.problems, self.logits, self.W, self.descent
            )
        scaled = free / self.curvature
        return self.memory.direction(steepest, lambda vector: vector * scaled)

    def step(self, direction: Tensor) -> None:
        """Move every problem along its direction, within its orthant."""
        ahead = orthant_step(self.W, direction, self.descent.steepest, self.threshold, self.short)
        movement = self.design.logits(ahead.step)
        t = torch.minimum(search(self._line(ahead, movement)).t, ahead.longest)
        self.short = (t < _SHORT) & ~self.short
        weights, gradient = self.W, self.descent.gradient
        self.W = ahead.taken(self.W, t)
        if self.W.shape[1] > 1:
            self.W = least_shift(self.W, self.threshold, self.ridge)
        self.logits.addcmul_(movement, t[:, None, None])
        self._refresh()
        self.memory.push(self.W - weights, self.descent.gradient - gradient)

    def _line(self, ahead: OrthantStep, movement: Tensor) -> Line:
        pressure = self.ridge * ahead.step
        return Line(
            loss=self.loss,
            logits=self.logits,
            movement=movement,
            targets=self.problems.targets,
            weights=self.problems.weights,
            linear=dot(pressure, self.W) + ahead.l1_slope,
            quadratic=dot(pressure, ahead.step),
            slope=ahead.slope,
        )
