"""Two ways to compute the losses of many networks of one class; neither fits every class."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional

from probing.engine.classifiers.bases.multi_step import MultiStepOpt
from probing.engine.solvers.networks.stacked_modules import draw_from, make_stacked
from probing.engine.solvers.networks.train import State


class Broadcast:
    """The class's own `forward`, on rows `[p, n, d]` and modules that serve a stack.

    Fast, and right for a `forward` that treats all but the last axis as rows.
    """

    def __init__(self, probe: MultiStepOpt) -> None:
        # a copy: `functional_call` leaves tied weights of a module replaced
        self.probe = copy.deepcopy(probe)
        if type(probe).loss_of is not MultiStepOpt.loss_of or not make_stacked(self.probe):
            raise NotImplementedError

    def training(
        self, state: State, X: Tensor, y: Tensor, generators: Sequence[torch.Generator]
    ) -> Tensor:
        """The loss of each network on its batch."""
        self.probe.train()
        draw_from(self.probe, generators)
        return self._losses(state, X, y)

    def validation(self, state: State, X: Tensor, y: Tensor) -> Tensor:
        """The loss of each network on its validation rows."""
        self.probe.eval()
        return self._losses(state, X, y)

    def _losses(self, state: State, X: Tensor, y: Tensor) -> Tensor:
        outputs: Tensor = functional_call(self.probe, dict(state), (X,)).reshape(*y.shape, -1)
        if not self.probe.classification_:
            return (outputs[..., 0] - y).square().mean(1)
        if outputs.shape[-1] == 1:
            log_loss = functional.binary_cross_entropy_with_logits
            return log_loss(outputs[..., 0], y.float(), reduction="none").mean(1)
        return functional.cross_entropy(outputs.mT, y.long(), reduction="none").mean(1)


class Mapped:
    """`vmap` over the networks, of the class's own `forward` and `loss_of`."""

    def __init__(self, probe: MultiStepOpt) -> None:
        self.loss = _Loss(copy.deepcopy(probe))
        self._of_many = vmap(self._of_one, randomness="error")

    def training(
        self, state: State, X: Tensor, y: Tensor, generators: Sequence[torch.Generator]
    ) -> Tensor:
        """The loss of each network on its batch; a class that draws random numbers raises."""
        self.loss.train()
        losses: Tensor = self._of_many(state, X, y)
        return losses

    def validation(self, state: State, X: Tensor, y: Tensor) -> Tensor:
        """The loss of each network on its validation rows."""
        self.loss.eval()
        losses: Tensor = self._of_many(state, X, y)
        return losses

    def _of_one(self, state: State, X: Tensor, y: Tensor) -> Tensor:
        named = {f"probe.{name}": one for name, one in state.items()}
        loss: Tensor = functional_call(self.loss, named, (X, y))
        return loss


StackLosses = Broadcast | Mapped


class _Loss(nn.Module):
    """The loss as a module of its own, so that a penalty on weights sees those of the stack."""

    def __init__(self, probe: MultiStepOpt) -> None:
        super().__init__()
        self.probe = probe

    def forward(self, X: Tensor, y: Tensor) -> Tensor:
        return self.probe.loss_of(self.probe(X), y)
