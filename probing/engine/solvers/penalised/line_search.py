"""Step lengths of many problems at once, by Newton's method on a line in logit space."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs_memory import dot
from probing.engine.solvers.penalised.loss_changes import Slopes

_SLOPE_LEFT = 0.3
_MOST_STEPS = 12
_WIDEN = 6.0


@dataclass(frozen=True)
class Line:
    """The objective of each problem along its direction.

    `logits` and `movement` are `[b, k, n]`, `targets` and `weights` `[b, n]`; the penalty along
    the line has slope `linear + t quadratic` (`[b]` each); `slope` is that of the whole at 0.
    """

    loss: Slopes
    logits: Tensor
    movement: Tensor
    targets: Tensor
    weights: Tensor
    linear: Tensor
    quadratic: Tensor
    slope: Tensor

    def at(self, t: Tensor) -> Point:
        """The point at `t` `[b]`."""
        logits = torch.addcmul(self.logits, self.movement, t[:, None, None])
        response = self.loss.response(logits, self.targets)
        return Point(t, logits, response, self.loss.weighted(response, self.targets, self.weights))

    def slope_at(self, point: Point) -> Tensor:
        """The first derivative, `[b]`."""
        return dot(point.weighted, self.movement) + self.linear + point.t * self.quadratic

    def bend_at(self, point: Point) -> Tensor:
        """The second derivative, `[b]`."""
        bend = self.loss.bend(point.response, self.targets, self.movement)
        return dot(bend.mul_(self.weights.unsqueeze(1)), self.movement) + self.quadratic


@dataclass(frozen=True)
class Point:
    """Where a line is looked at: `t` `[b]`, and `[b, k, n]` logits, response and residual there.

    The residual is `weighted` by the weights of the rows.
    """

    t: Tensor
    logits: Tensor
    response: Tensor
    weighted: Tensor


def search(line: Line) -> Point:
    """A point that leaves at most 30 % of each slope, bracketed while Newton overshoots.

    Where no such point is found, it is one that does not lie beyond the least of the line.
    """
    t = torch.ones_like(line.slope)
    low, high = torch.zeros_like(t), torch.full_like(t, torch.inf)
    for steps_left in reversed(range(_MOST_STEPS)):
        point = line.at(t)
        slope = line.slope_at(point)
        rough = slope.abs() > _SLOPE_LEFT * line.slope.abs()
        if not (steps_left and rough.any()):
            break
        low, high = torch.where(slope < 0, t, low), torch.where(slope > 0, t, high)
        t = torch.where(rough, _inside(t - slope / line.bend_at(point), low, high), t)
    beyond = rough & ~(slope < 0)
    return line.at(torch.where(beyond, low, t)) if bool(beyond.any()) else point


def _inside(t: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """`t` where it lies in the bracket, else its middle (or far out, where it has no end)."""
    open_ended = torch.isinf(high)
    top = torch.where(open_ended, _WIDEN * low, high)
    fallback = torch.where(open_ended, top, 0.5 * (low + high))
    return torch.where((t > low) & (t < top), t, fallback)
