"""Small networks for many training sets at once, each with its own weights and row order.

Every product is batched over the networks, and nothing passes from one to another: a network
learns the same whatever else is in the batch.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

RowLoss = Callable[[Tensor, Tensor], Tensor]
_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


@dataclass(frozen=True)
class Schedule:
    """How networks are trained: AdamW, with early stopping after `patience` epochs."""

    max_epoch: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int


@dataclass(frozen=True)
class NetworkRows:
    """Row indices of p networks, padded with -1: `train` `[p, n_train]`, `val` `[p, n_val]`."""

    train: Tensor
    val: Tensor


@dataclass(frozen=True)
class NetworkFit:
    """Parameters of p networks after their best epoch, and the number of that epoch, `[p]`."""

    parameters: list[Tensor]
    epoch: Tensor


def initial_parameters(
    widths: Sequence[int], generators: Sequence[torch.Generator]
) -> list[Tensor]:
    """Weights `[p, in, out]` and biases `[p, 1, out]`, layer by layer.

    Uniform within one over the root of the fan-in, as in `torch.nn.Linear`.
    """
    parameters = []
    for fan_in, fan_out in itertools.pairwise(widths):
        bound = 1 / math.sqrt(fan_in)
        for shape in ((fan_in, fan_out), (1, fan_out)):
            draws = [torch.rand(shape, generator=generator) for generator in generators]
            parameters.append(torch.stack(draws).mul_(2 * bound).sub_(bound))
    return parameters


def outputs(parameters: Sequence[Tensor], X: Tensor) -> Tensor:
    """Outputs `[p, n, k]` of every network on its own rows `[p, n, d]`; ReLU between layers."""
    pairs = list(zip(parameters[0::2], parameters[1::2], strict=True))
    for at, (weights, bias) in enumerate(pairs):
        X = torch.baddbmm(bias, X, weights)
        X = functional.relu(X) if at < len(pairs) - 1 else X
    return X


class NetworkTraining:
    """Train p networks on rows that `look_up` fetches.

    `look_up(rows)` gives features `[p, b, d]` and targets `[p, b]` of row indices `[p, b]`;
    `loss(outputs, targets)` gives `[p, b]`.
    """

    def __init__(
        self,
        look_up: Callable[[Tensor], tuple[Tensor, Tensor]],
        loss: RowLoss,
        schedule: Schedule,
        generators: Sequence[torch.Generator],
    ) -> None:
        self.look_up, self.loss = look_up, loss
        self.schedule, self.generators = schedule, generators

    def run(self, parameters: list[Tensor], rows: NetworkRows) -> NetworkFit:
        """Train until no network has got better on its validation rows for `patience` epochs.

        Without validation rows the last epoch counts.
        """
        self.first = [torch.zeros_like(one) for one in parameters]
        self.second = [torch.zeros_like(one) for one in parameters]
        self.n_steps = torch.zeros(len(rows.train), 1, 1, device=rows.train.device)
        best = NetworkFit([one.clone() for one in parameters], torch.zeros(len(rows.train)))
        least = torch.full((len(rows.train),), torch.inf, device=rows.train.device)
        going = torch.ones_like(least, dtype=torch.bool)
        epochs = best.epoch.to(least.device)
        no_validation = ~(rows.val >= 0).any(1)
        for epoch in range(1, self.schedule.max_epoch + 1):
            self._epoch(parameters, rows.train, going)
            error = self._validation(parameters, rows.val)
            better = going & ((error < least) | no_validation)
            least = torch.where(better, error, least)
            epochs = torch.where(better, float(epoch), epochs)
            for kept, now in zip(best.parameters, parameters, strict=True):
                kept[better] = now[better]
            going &= epoch - epochs < self.schedule.patience
            if not going.any():
                break
        return NetworkFit(best.parameters, epochs)

    def _epoch(self, parameters: list[Tensor], train: Tensor, going: Tensor) -> None:
        order = self._shuffled(train)
        for begin in range(0, order.shape[1], self.schedule.batch_size):
            batch = order[:, begin : begin + self.schedule.batch_size]
            self._step(parameters, batch, going & (batch >= 0).any(1))

    def _shuffled(self, train: Tensor) -> Tensor:
        """Each network's rows in an order of its own, padding last."""
        order = torch.full_like(train, -1)
        for row, generator in enumerate(self.generators):
            own = train[row][train[row] >= 0]
            order[row, : len(own)] = own[torch.randperm(len(own), generator=generator)]
        return order

    def _mean_loss(self, parameters: list[Tensor], rows: Tensor) -> Tensor:
        """The mean loss of each network over its rows, `[p]`; NaN where it has none."""
        real = rows >= 0
        X, targets = self.look_up(rows.clamp_min(0))
        losses = self.loss(outputs(parameters, X), targets)
        return torch.where(real, losses, 0).sum(1) / real.sum(1)

    def _validation(self, parameters: list[Tensor], val: Tensor) -> Tensor:
        with torch.no_grad():
            return self._mean_loss(parameters, val)

    def _step(self, parameters: list[Tensor], batch: Tensor, active: Tensor) -> None:
        """One AdamW step of the active networks. Loshchilov and Hutter, arXiv:1711.05101."""
        leaves = [one.detach().requires_grad_() for one in parameters]
        losses = self._mean_loss(leaves, batch)
        gradients = torch.autograd.grad(torch.where(active, losses, 0).nansum(), leaves)
        moves = active[:, None, None]
        self.n_steps += moves
        for at, gradient in enumerate(gradients):
            updated = self._updated(at, parameters[at], gradient.nan_to_num())
            parameters[at] = torch.where(moves, updated, parameters[at])

    def _updated(self, at: int, parameter: Tensor, gradient: Tensor) -> Tensor:
        rate, decay = self.schedule.learning_rate, self.schedule.weight_decay
        self.first[at].lerp_(gradient, 1 - _BETAS[0])
        self.second[at].lerp_(gradient.square(), 1 - _BETAS[1])
        steps = self.n_steps.clamp_min(1)
        mean = self.first[at] / (1 - _BETAS[0] ** steps)
        size = (self.second[at] / (1 - _BETAS[1] ** steps)).sqrt() + _EPSILON
        return parameter * (1 - rate * decay) - rate * mean / size
