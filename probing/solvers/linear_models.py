"""Solve many L2-penalised linear models over one design matrix at once.

Problem b minimises `Σ w_bi loss(z_i·W_b + c_b, y_bi) + l2_b/2 Σ_k W_bk' P W_bk`, where the
weights w sum to 1, P is the penalty form of the problem's subset and the intercepts c are free.
Preconditioned L-BFGS; a problem that has converged leaves the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from probing.solvers.basis import Basis, Penalty
from probing.solvers.lbfgs_memory import Memory, dot
from probing.solvers.line_search import Line, step_lengths
from probing.solvers.losses import Loss

_NEGLIGIBLE = 1e-9
_LEAVE_AT = 0.1  # share of finished problems at which the batch is made smaller
_STATE = (
    "at",
    "W",
    "logits",
    "pressure",
    "best",
    "waited",
    "curvature",
    "gradient",
    "size",
    "edge",
    "mean_square",
)
# iterations without progress after which rounding is all that is left
_PATIENCE = {torch.float32: 30, torch.float64: 200}


@dataclass(frozen=True)
class Design:
    """Coordinates `[n, r + 1]` with a last column of ones, and the penalty."""

    Z: Tensor
    penalty: Penalty

    @classmethod
    def of(cls, basis: Basis, penalty: Penalty) -> Design:
        """The design of a basis with the intercept's column."""
        ones = basis.Z.new_ones(len(basis.Z), 1)
        return cls(torch.cat([basis.Z, ones], 1), penalty)

    def to(self, dtype: torch.dtype) -> Design:
        """The same design in another precision."""
        return Design(self.Z.to(dtype), self.penalty.to(dtype))

    def logits(self, W: Tensor) -> Tensor:
        """`[b, k, n]` for weights `[b, k, r + 1]`."""
        return (W.flatten(0, 1) @ self.Z.T).view(*W.shape[:2], -1)

    def pull(self, residual: Tensor) -> Tensor:
        """The gradient `[b, k, r + 1]` of weighted residuals `[b, k, n]`."""
        return (residual.flatten(0, 1) @ self.Z).view(*residual.shape[:2], -1)


@dataclass(frozen=True)
class Problems:
    """b problems over one design: targets and weights `[b, n]`, l2 and subset `[b]`."""

    targets: Tensor
    weights: Tensor
    l2: Tensor
    subset: Tensor

    def __len__(self) -> int:
        return len(self.l2)

    def rows(self, rows: Tensor) -> Problems:
        """Some of the problems."""
        return Problems(*(getattr(self, field.name)[rows] for field in fields(self)))

    def to(self, dtype: torch.dtype) -> Problems:
        """The same problems in another precision."""
        targets = self.targets.to(dtype) if self.targets.is_floating_point() else self.targets
        return replace(self, targets=targets, weights=self.weights.to(dtype), l2=self.l2.to(dtype))


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

    @property
    def solved(self) -> Tensor:
        """Whether the gain left is negligible, `[b]`, be it the tolerance asked for or not."""
        return self.converged | (self.gain <= _NEGLIGIBLE)


def minimise(
    design: Design,
    loss: Loss,
    problems: Problems,
    start: Tensor | None = None,
    *,
    tolerance: float,
    max_iterations: int = 2000,
) -> Solution:
    """Solve until what is left to gain is within `tolerance`.

    `start` `[b, k, r + 1]` are weights to begin with, or None for the intercepts alone.
    The precision is that of `design`.
    """
    W = cold_start(design, loss, problems) if start is None else start.to(design.Z.dtype)
    search = _Search(design, loss, problems, W)
    done = Solution(W.clone(), *_blank(W))
    for iteration in range(max_iterations + 1):
        gain = search.gain()
        finished = (gain <= tolerance) | search.stalled(gain) | (iteration == max_iterations)
        search.leave(finished, gain, gain <= tolerance, iteration, done)
        if not len(search.at):
            break
        search.step()
    return done


def minimise_surely(
    design: Design,
    rough: Design,
    loss: Loss,
    problems: Problems,
    start: Tensor | None,
    *,
    tolerance: float,
) -> Solution:
    """Solve in the precision of `rough`, then in that of `design` what did not converge.

    The weights are in the precision of `design`.
    """
    cast = problems.to(rough.Z.dtype)
    found = minimise(rough, loss, cast, start, tolerance=tolerance)
    found = replace(found, weights=found.weights.to(design.Z.dtype))
    again = torch.nonzero(~found.converged).squeeze(1)
    if rough.Z.dtype == design.Z.dtype or not len(again):
        return found
    begin = found.weights[again].nan_to_num(0, 0, 0)
    rest = problems.rows(again).to(design.Z.dtype)
    better = minimise(design, loss, rest, begin, tolerance=tolerance)
    for field in fields(found):
        values = getattr(found, field.name)
        values[again] = getattr(better, field.name).to(values.dtype)
    return found


def cold_start(design: Design, loss: Loss, problems: Problems) -> Tensor:
    """Zero weights and the intercepts that fit the targets alone."""
    intercepts = loss.start(problems.targets, problems.weights)
    W = intercepts.new_zeros(*intercepts.shape, design.Z.shape[1])
    W[..., -1] = intercepts
    return W


def _blank(W: Tensor) -> Iterator[Tensor]:
    for dtype in (W.dtype, W.dtype, torch.bool, torch.int64):
        yield torch.zeros(len(W), dtype=dtype, device=W.device)


def least_curvature(design: Design, problems: Problems) -> Tensor:
    """The share of the curvature along the coordinates that any direction has at least, `[b]`.

    The lower edge of the spectrum of n random rows in r dimensions, `(1 - sqrt(r/n))²`: nothing
    where there are fewer rows than dimensions. Marchenko and Pastur, Mathematics of the
    USSR-Sbornik 1 (1967).
    """
    n_rows = (problems.weights > 0).sum(1).to(problems.l2.dtype)
    ratio = (design.Z.shape[1] - 1) / n_rows
    return (1 - ratio.sqrt()).clamp_min(0).square()


class _Search:
    """The state of the problems still under way."""

    def __init__(self, design: Design, loss: Loss, problems: Problems, W: Tensor) -> None:
        self.design, self.loss, self.problems, self.W = design, loss, problems, W
        self.at = torch.arange(len(W), device=W.device)
        self.logits = design.logits(W)
        self.pressure = self._pressure(W)
        self.memory = Memory()
        self.mean_square = (problems.weights @ design.Z.square()).unsqueeze(1)
        self.edge = least_curvature(design, problems)
        self.best = torch.full_like(problems.l2, torch.inf)
        self.waited = torch.zeros_like(self.at)
        self._refresh()

    def _pressure(self, W: Tensor) -> Tensor:
        """The gradient of the penalty."""
        pressure = torch.zeros_like(W)
        form = self.design.penalty.times(W[..., :-1], self.problems.subset)
        pressure[..., :-1] = form.mul_(self.problems.l2[:, None, None])
        return pressure

    def _refresh(self) -> None:
        """Gradient and preconditioner at the present weights."""
        weights, targets = self.problems.weights.unsqueeze(1), self.problems.targets
        response = self.loss.response(self.logits)
        bend = self.loss.diagonal(response, targets).mul_(weights).sum(2, keepdim=True)
        self.curvature = bend.clamp_min(1e-12) * self.mean_square
        self.curvature[..., :-1] += self.problems.l2[:, None, None]
        residual = self.loss.residual(response, targets).mul_(weights)
        size = self.loss.size(residual, self.problems.weights) + dot(self.W, self.pressure)
        self.size = size.clamp_min(torch.finfo(weights.dtype).tiny)
        self.gradient = self.design.pull(residual).add_(self.pressure)

    def gain(self) -> Tensor:
        """What is left to gain at most, relative to the objective, `[b]`.

        Relative, since the loss of a separable problem itself tends to nothing.
        """
        bend, l2 = self.curvature[..., :-1], self.problems.l2[:, None, None]
        least = (bend - l2) * self.edge[:, None, None] + l2
        slopes, drift = self.gradient[..., :-1], self.gradient[..., -1:]
        gain = dot(slopes, slopes / least) + dot(drift, drift / self.curvature[..., -1:])
        return gain / self.size

    def stalled(self, gain: Tensor) -> Tensor:
        """Whether a problem has not got on for many iterations."""
        better = gain < 0.9 * self.best
        self.best = torch.where(better, gain, self.best)
        self.waited = torch.where(better, 0, self.waited + 1)
        return self.waited >= _PATIENCE[gain.dtype]

    def leave(
        self, finished: Tensor, gain: Tensor, converged: Tensor, iteration: int, done: Solution
    ) -> None:
        """Write down the finished problems, and drop them once they are many."""
        at = self.at[finished]
        done.weights[at] = self.W[finished]
        done.gradient[at] = self.gradient[finished].flatten(1).abs().amax(1)
        done.gain[at] = gain[finished]
        done.converged[at] = converged[finished]
        done.n_iterations[at] = iteration
        share = float(finished.float().mean())
        if share >= _LEAVE_AT:
            self._keep(torch.nonzero(~finished).squeeze(1))

    def _keep(self, rows: Tensor) -> None:
        self.problems = self.problems.rows(rows)
        self.memory.keep(rows)
        for name in _STATE:
            setattr(self, name, getattr(self, name)[rows])

    def step(self) -> None:
        """Move every problem along its direction."""
        direction = self.memory.direction(self.gradient, lambda vector: vector / self.curvature)
        slope = dot(self.gradient, direction)
        uphill = (slope >= 0)[:, None, None]
        direction = torch.where(uphill, -self.gradient / self.curvature, direction)
        movement, pressure = self.design.logits(direction), self._pressure(direction)
        t = step_lengths(self._line(direction, movement, pressure))[:, None, None]
        self.W = torch.addcmul(self.W, direction, t)
        self.logits.addcmul_(movement, t)
        self.pressure.addcmul_(pressure, t)
        before = self.gradient
        self._refresh()
        self.memory.push(direction.mul_(t), self.gradient - before)

    def _line(self, direction: Tensor, movement: Tensor, pressure: Tensor) -> Line:
        return Line(
            loss=self.loss,
            logits=self.logits,
            movement=movement,
            targets=self.problems.targets,
            weights=self.problems.weights,
            linear=dot(self.pressure, direction),
            quadratic=dot(pressure, direction),
            slope=dot(self.gradient, direction),
        )
