"""How losses change along a step, exact even where the change is tiny.

Their derivatives are differences of the loss's own, computed without subtracting what is
nearly equal: a small move keeps as many digits as a large one. That lets single precision
correct a solution to double precision, correction by correction.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

_FAR = 60.0  # a logit that has risen so far takes its probability to 1 wherever it was


class Slopes(Protocol):
    """What is asked of a convex loss of every row while it is minimised; targets come as given."""

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """What derivatives are computed from (probabilities, for the logistic losses)."""

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """The derivative by the logits; `response` is left as it is, or returned."""

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """What the mean loss is of the order of, `[b]`; `residual` is already weighted."""

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """The second derivative applied to `direction`."""

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """The diagonal of the second derivative."""

    def weighted(self, response: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """The residual times the weights `[b, n]` of the rows, which nobody else holds."""
        return self.residual(response, targets) * weights.unsqueeze(1)

    def mean_bend(
        self, response: Tensor, weighted: Tensor, level: Tensor, targets: Tensor, weights: Tensor
    ) -> Tensor:
        """The mean of the diagonal, `[b, k]`; `level` `[b, k]` are the sums of `weighted`."""
        bend: Tensor = torch.linalg.vecdot(self.diagonal(response, targets), weights.unsqueeze(1))
        return bend


class Change(Slopes):
    """What all have in common: at the point itself there is nothing."""

    def size(self, residual: Tensor, weights: Tensor) -> Tensor:
        """Zero: problems about a point bring the size of the whole."""
        return residual.new_zeros(len(residual))

    def residual(self, response: Tensor, targets: Tensor) -> Tensor:
        """The change of the derivative, which is the response."""
        return response


class BernoulliChange(Change):
    """The log loss of one logit; targets `[b, 2, n]` are the probabilities at the point."""

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The change of the probability of class 1, `[b, 1, n]`."""
        one, other = targets[:, :1], targets[:, 1:]
        move = logits.clamp(max=_FAR)
        mass = move.exp().mul_(one).add_(other)
        return move.expm1_().mul_(one).mul_(other).div_(mass)

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """`p(1-p)q`."""
        return self.diagonal(response, targets).mul_(direction)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`p(1-p)`."""
        return (targets[:, :1] + response).mul_(targets[:, 1:] - response)


class SoftmaxChange(Change):
    """The multinomial log loss; targets `[b, k, n]` are the probabilities at the point."""

    def response(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The change of the probabilities of the classes."""
        rise = torch.expm1(logits)
        mean = (targets * rise).sum(1, keepdim=True)
        change = (rise - mean).mul_(targets).div_(1 + mean)
        far = (logits.abs() > 1).any(1, keepdim=True)
        if bool(far.any()):  # the formula overflows, and nothing is nearly equal
            change = torch.where(far, (targets.log() + logits).softmax(1) - targets, change)
        return change

    def bend(self, response: Tensor, targets: Tensor, direction: Tensor) -> Tensor:
        """`p(q - Σ p q)`."""
        probabilities = targets + response
        average = (probabilities * direction).sum(1, keepdim=True)
        return (direction - average).mul_(probabilities)

    def diagonal(self, response: Tensor, targets: Tensor) -> Tensor:
        """`p(1-p)`."""
        probabilities = targets + response
        return torch.addcmul(probabilities, probabilities, probabilities, value=-1)
