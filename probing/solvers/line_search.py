"""Step lengths of many problems at once, by Newton's method on a line in logit space."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.solvers.loss_changes import Slopes

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

    def slope_and_bend(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """First and second derivative at `t` `[b]`."""
        at = torch.addcmul(self.logits, self.movement, t[:, None, None])
        response = self.loss.response(at, self.targets)
        bend = self.loss.bend(response, self.targets, self.movement)
        residual = self.loss.residual(response, self.targets)
        return (
            self._weighted(residual) + self.linear + t * self.quadratic,
            self._weighted(bend) + self.quadratic,
        )

    def _weighted(self, values: Tensor) -> Tensor:
        along = values.mul_(self.movement).sum(1)
        return (along * self.weights).sum(1)


def step_lengths(line: Line) -> Tensor:
    """Lengths `[b]` that leave at most 30 % of each slope, bracketed while Newton overshoots."""
    t = torch.ones_like(line.slope)
    low, high = torch.zeros_like(t), torch.full_like(t, torch.inf)
    for _ in range(_MOST_STEPS):
        slope, bend = line.slope_and_bend(t)
        rough = slope.abs() > _SLOPE_LEFT * line.slope.abs()
        if not rough.any():
            break
        low, high = torch.where(slope < 0, t, low), torch.where(slope > 0, t, high)
        t = torch.where(rough, _inside(t - slope / bend, low, high), t)
    return t


def _inside(t: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """`t` where it lies in the bracket, else its middle (or far out, where it has no end)."""
    open_ended = torch.isinf(high)
    top = torch.where(open_ended, _WIDEN * low, high)
    fallback = torch.where(open_ended, top, 0.5 * (low + high))
    return torch.where((t > low) & (t < top), t, fallback)
