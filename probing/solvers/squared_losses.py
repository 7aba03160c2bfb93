"""Losses of squared errors and margins, in the form of `probing.solvers.losses.Loss`."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class Squared:
    """Half the squared error of one prediction; targets are numbers."""

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The mean target."""
        return (targets * weights).sum(1, keepdim=True)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """`(logit - target)²/2`."""
        return (logits.squeeze(1) - targets).square().div(2)

    def response(self, logits: Tensor) -> Tensor:
        """The predictions."""
        return logits.clone()

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """Prediction less target."""
        return response.sub_(targets.unsqueeze(1))

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean squared residual."""
        return _mean_square(residual, weights)

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """The direction itself."""
        return direction.clone()

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """One."""
        return torch.ones_like(response)


def _mean_square(residual: Tensor, weights: Tensor) -> Tensor:
    """Of residuals `[b, k, n]` that were multiplied by their weights `[b, n]`."""
    return (residual.square().sum(1) / weights.clamp_min(torch.finfo(weights.dtype).tiny)).sum(1)


def signs(targets: Tensor, n_logits: int, dtype: torch.dtype) -> Tensor:
    """Targets as `[b, k, n]` of -1 and 1: class 1 or not, or each class against the rest."""
    if n_logits == 1:
        return targets.to(dtype).mul(2).sub_(1).unsqueeze(1)
    classes = torch.arange(n_logits, device=targets.device)[:, None]
    return (targets.unsqueeze(1) == classes).to(dtype).mul_(2).sub_(1)


class SquaredSigns(Squared):
    """Half the squared error of predictions of ±1, one for each class or one for two classes."""

    def __init__(self, n_logits: int) -> None:
        self.n_logits = n_logits

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The mean targets."""
        return (signs(targets, self.n_logits, weights.dtype) * weights.unsqueeze(1)).sum(2)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """`Σ (logit - target)²/2`."""
        return self.residual(logits.clone(), targets).square().sum(1).div_(2)

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """Prediction less ±1."""
        return response.sub_(signs(targets, self.n_logits, response.dtype))


class SquaredHinge:
    """`max(0, 1 - y logit)²` with y = ±1, one logit for each class or one for two classes."""

    def __init__(self, n_logits: int) -> None:
        self.n_logits = n_logits

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The mean of ±1."""
        return (signs(targets, self.n_logits, weights.dtype) * weights.unsqueeze(1)).sum(2)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The sum over logits."""
        return self._short(logits, targets).square_().sum(1)

    def _short(self, logits: Tensor, targets: Tensor) -> Tensor:
        """By how much each margin falls short of 1."""
        return (1 - signs(targets, self.n_logits, logits.dtype) * logits).clamp_min_(0)

    def response(self, logits: Tensor) -> Tensor:
        """The logits."""
        return logits.clone()

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """`-2 y max(0, 1 - y logit)`."""
        side = signs(targets, self.n_logits, response.dtype)
        return self._short(response, targets).mul_(side).mul_(-2)

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean squared residual."""
        return _mean_square(residual, weights)

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """Twice the direction where the margin falls short."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """Two where the margin falls short."""
        return (self._short(response, targets) > 0).to(response.dtype).mul_(2)


class SquaredTube:
    """Half of `max(0, |logit - target| - width)²`: errors within the tube are free."""

    def __init__(self, width: float) -> None:
        self.width = width

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The mean target."""
        return (targets * weights).sum(1, keepdim=True)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of every row."""
        return self._outside(logits, targets).square().squeeze(1).div(2)

    def _outside(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The signed distance to the tube."""
        return functional.softshrink(logits - targets.unsqueeze(1), self.width)

    def response(self, logits: Tensor) -> Tensor:
        """The predictions."""
        return logits.clone()

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """The signed distance to the tube."""
        return self._outside(response, targets)

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean squared residual."""
        return _mean_square(residual, weights)

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """The direction where the prediction is outside the tube."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """One outside the tube."""
        return (self._outside(response, targets) != 0).to(response.dtype)
