"""Losses of squared errors and margins of one logit, as `losses.Loss`."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional

from probing.engine.solvers.penalised.loss_changes import Change, Slopes
from probing.engine.solvers.penalised.losses import Loss


class _SquaredExcess(Loss, ABC):
    """`steepness/2` times the square of an excess, a piecewise linear function of the logit."""

    steepness: float = 1.0

    @abstractmethod
    def excess(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The excess; its slope by the logit is 1 where it is not 0. Targets are `[b, 1, n]`."""

    def excess_change(self, point: Tensor, move: Tensor, targets: Tensor) -> Tensor:
        """How the excess changes where logits at `point` move: small moves to all digits."""
        before, after = self.excess(point, targets), self.excess(point + move, targets)
        # where both are on the same slope, the excess has moved as far as the logit
        return torch.where(before * after > 0, move, after - before)

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The mean target."""
        return (targets * weights).sum(1, keepdim=True)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """`steepness/2` times the squared excess."""
        excess = self.excess(logits, targets.unsqueeze(1)).squeeze(1)
        return excess.square().mul_(self.steepness / 2)

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The logits as they are."""
        return logits

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """`steepness` times the excess."""
        return self.excess(response, targets.unsqueeze(1)) * self.steepness

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean squared excess."""
        tiny = torch.finfo(weights.dtype).tiny
        return (residual.squeeze(1).square() / weights.clamp_min(tiny)).sum(1)

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """The direction, where there is an excess."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`steepness` where there is an excess."""
        there = self.excess(response, targets.unsqueeze(1)) != 0
        return there.to(response.dtype).mul_(self.steepness)

    def mixed(self, response: Tensor, targets: Tensor, one: int, other: int) -> Tensor:
        """`steepness` where there is an excess."""
        return self.diagonal(response, targets).squeeze(1)

    def about(self, logits: Tensor, targets: Tensor) -> tuple[Slopes, Tensor]:
        """The logits and the targets at the point are its targets."""
        return _ExcessChange(self), torch.cat([logits, targets.unsqueeze(1)], 1)


class _ExcessChange(Change):
    """`loss` less its tangent; targets `[b, 2, n]` are logits and targets at the point."""

    def __init__(self, loss: _SquaredExcess) -> None:
        self.loss = loss

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How far the logits have moved."""
        return logits

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """`steepness` times the change of the excess."""
        change = self.loss.excess_change(targets[:, :1], response, targets[:, 1:])
        return change * self.loss.steepness

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """The direction, where there is an excess."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`steepness` where there is an excess."""
        there = self.loss.excess(targets[:, :1] + response, targets[:, 1:]) != 0
        return there.to(response.dtype).mul_(self.loss.steepness)


class Squared(_SquaredExcess):
    """Half the squared error."""

    def excess(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The error."""
        return logits - targets

    def excess_change(self, point: Tensor, move: Tensor, targets: Tensor) -> Tensor:
        """The move."""
        return move

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """One."""
        return torch.ones_like(response)


class SquaredHinge(_SquaredExcess):
    """`max(0, 1 - y logit)²` for targets y of -1 and 1."""

    steepness = 2.0

    def excess(self, logits: Tensor, targets: Tensor) -> Tensor:
        """By how much the margin falls short of 1, times the side."""
        return (1 - targets * logits).clamp_min_(0).mul_(-targets)

    def excess_change(self, point: Tensor, move: Tensor, targets: Tensor) -> Tensor:
        """The move, as far as it is on the side of the margin that costs."""
        short = 1 - targets * point
        return torch.minimum(targets * move, short).sub_(short.clamp_max_(0)).mul_(targets)


class SquaredTube(_SquaredExcess):
    """`max(0, |logit - target| - width)²`: errors within the tube are free."""

    steepness = 2.0

    def __init__(self, width: float) -> None:
        self.width = width

    def excess(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The signed distance to the tube."""
        return functional.softshrink(logits - targets, self.width)
