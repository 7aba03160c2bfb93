"""Losses of linear models, as functions of the logits `[b, k, n]` of b problems over n rows.

Each is written by what an optimiser in logit space asks for: the derivative, the second
derivative along a direction, and its diagonal.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from probing.engine.solvers.penalised.loss_changes import BernoulliChange, Slopes, SoftmaxChange


class Loss(Slopes, Protocol):
    """A convex loss of every row; `targets` are `[b, n]`."""

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The intercepts `[b, k]` to start from; `weights` `[b, n]` sum to 1."""

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of every row, `[b, n]`."""

    def mixed(self, response: Tensor, targets: Tensor, one: int, other: int) -> Tensor:
        """The second derivative by two of the logits, `[b, n]`."""

    def about(self, logits: Tensor, targets: Tensor) -> tuple[Slopes, Tensor]:
        """The loss less its tangent at `logits`, by how far logits move; and its targets."""


_RARE = 1e-13  # stands for a class without training rows: its intercept then stays about -30


class Bernoulli(Loss):
    """The log loss of one logit for two classes."""

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The log odds of class 1."""
        share = (targets * weights).sum(1, keepdim=True).clamp(_RARE, 1 - _RARE)
        return share.log() - (1 - share).clamp_min(_RARE).log()

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """`log(1 + exp(-±logit))`."""
        logit = logits.squeeze(1)
        return functional.softplus(logit) - logit * targets

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The probability of class 1."""
        return torch.sigmoid(logits)

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """Probability less target."""
        return response - targets.unsqueeze(1)

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean absolute residual: what a small log loss tends to."""
        return residual.abs().sum((1, 2))

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """`p(1-p)q`."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`p(1-p)`."""
        return torch.addcmul(response, response, response, value=-1)

    def mixed(self, response: Tensor, targets: Tensor, one: int, other: int) -> Tensor:
        """`p(1-p)`."""
        return self.diagonal(response, targets).squeeze(1)

    def about(self, logits: Tensor, targets: Tensor) -> tuple[Slopes, Tensor]:
        """The probabilities of both classes are its targets."""
        return BernoulliChange(), torch.cat([torch.sigmoid(logits), torch.sigmoid(-logits)], 1)


class Softmax(Loss):
    """The multinomial log loss of k logits; targets are class indices."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes

    def start(self, targets: Tensor, weights: Tensor) -> Tensor:
        """The centred log frequencies of the classes."""
        share = weights.new_zeros(len(weights), self.n_classes).scatter_add_(1, targets, weights)
        logits = share.clamp_min(_RARE).log()
        return logits - logits.mean(1, keepdim=True)

    def value(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The negative log probability of the target."""
        return -logits.log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1)

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The probabilities of the classes."""
        return logits.softmax(1)

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """Probabilities less the indicator of the target."""
        at = targets.unsqueeze(1)
        return response.scatter_add(1, at, response.new_full((1, 1, 1), -1.0).expand(at.shape))

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """The mean absolute residual: what a small log loss tends to."""
        return residual.abs().sum((1, 2))

    def weighted(self, response: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Without a copy of the probabilities."""
        own = weights.unsqueeze(1)
        return (response * own).scatter_add_(1, targets.unsqueeze(1), -own)

    def mean_bend(
        self, response: Tensor, weighted: Tensor, level: Tensor, targets: Tensor, weights: Tensor
    ) -> Tensor:
        """Of `w p(1-p)`: what `w(p-y)(1-p)` and, for targets, `w(1-p)` sum up to."""
        at = targets.unsqueeze(1)
        missed = (1 - response.gather(1, at).squeeze(1)).mul_(weights)
        own = weighted.new_zeros(level.shape).scatter_add_(1, targets, missed)
        return own.add_(level).sub_(torch.linalg.vecdot(weighted, response))

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """`p(q - Σ p q)`."""
        average = (response * direction).sum(1, keepdim=True)
        return (direction - average).mul_(response)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`p(1-p)`."""
        return torch.addcmul(response, response, response, value=-1)

    def mixed(self, response: Tensor, targets: Tensor, one: int, other: int) -> Tensor:
        """`p(1-p)`, or `-pq` for two different classes."""
        first, second = response[:, one], response[:, other]
        return first * (1 - first) if one == other else -first * second

    def about(self, logits: Tensor, targets: Tensor) -> tuple[Slopes, Tensor]:
        """The probabilities are its targets."""
        return SoftmaxChange(), logits.softmax(1)
