"""Stack the weights of many networks of one class in one tensor each."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from probing.engine.classifiers.bases.multi_step import (
    MultiStepOpt,
    TrainingData,
    schedule_of,
)
from probing.engine.classifiers.users.seeding import RandomState, going_on
from probing.engine.classifiers.users.stacks.stack_losses import Broadcast, Mapped, StackLosses
from probing.engine.solvers.networks.stacked_optimizers import (
    is_elementwise,
    settings,
    stacked_optimizer,
)

Answers = dict[str, Tensor | None]
_TOLERANCE = 1e-4


def stack_key(probe: MultiStepOpt, data: TrainingData) -> Hashable | None:
    """What networks that are trained in one stack have in common; None for one that cannot be."""
    if not is_elementwise(probe.optimizer):
        return None
    try:
        optimizer = settings(probe.optimizer, _names(probe))
    except KeyError:
        return None
    parts = tuple(
        (name, one.shape, one.dtype, one.requires_grad) for name, one in _tensors(probe).items()
    )
    epochs = schedule_of(probe, data.batch_size)
    n_steps = math.ceil(len(data.X) / data.batch_size)
    inputs = (data.X.shape[1:], data.y.dtype, data.val is None)
    return type(probe.optimizer), optimizer, parts, epochs, n_steps, inputs


class Stack:
    """Networks of one class; `state` holds the weights and buffers of all, `[p, ...]` by name."""

    def __init__(self, probes: Sequence[MultiStepOpt]) -> None:
        own = [_tensors(probe) for probe in probes]
        self.probes = probes
        self.state = {
            name: torch.stack([one[name].detach() for one in own]).requires_grad_(
                own[0][name].requires_grad
            )
            for name in own[0]
        }

    def optimizer(self) -> torch.optim.Optimizer:
        """One for all, as that of each."""
        first = self.probes[0]
        return stacked_optimizer(first.optimizer, _names(first), self.state)

    def losses(
        self, data: Sequence[TrainingData], random: Sequence[RandomState], device: str
    ) -> StackLosses | None:
        """The fastest way to the losses and gradients that each network finds alone.

        None where there is no such way, or a network changes itself on the way forward, as
        batch norm does.
        """
        n = min(data[0].batch_size, *(len(one.X) for one in data))
        n -= 1 < n == len(data)  # else what mistakes networks for rows could go unnoticed
        X, y = torch.stack([one.X[:n] for one in data]), torch.stack([one.y[:n] for one in data])
        alone = []
        for at, probe in enumerate(self.probes):
            with going_on(random[at], device):
                alone.append(_alone(probe, X[at], y[at]))
        expected = [one for one in alone if one is not None]
        if len(expected) < len(alone):
            return None
        for kind in (Broadcast, Mapped):
            with going_on(random[0], device), suppress(Exception):
                losses = kind(self.probes[0])
                found = self._together(losses, X, y, [one.generator() for one in random])
                if all(_is_close(found[name], [one[name] for one in expected]) for name in found):
                    return losses
        return None

    def _together(
        self, losses: StackLosses, X: Tensor, y: Tensor, generators: Sequence[torch.Generator]
    ) -> Answers:
        found: Answers = {}
        training = losses.training(self.state, X, y, generators)
        training.sum().backward()  # type: ignore[no-untyped-call]
        for name, one in self.state.items():
            found[name], one.grad = one.grad, None
        with torch.no_grad():
            validation = losses.validation(self.state, X, y)
        return found | {"training loss": training.detach(), "validation loss": validation}


def _alone(probe: MultiStepOpt, X: Tensor, y: Tensor) -> Answers | None:
    """The losses and gradients of one network; None where computing them changed it."""
    probe.train()
    before = _marks(probe)
    loss = probe.loss_of(probe(X), y)
    loss.backward()  # type: ignore[no-untyped-call]
    if not _is_same(before, _marks(probe)):
        return None
    found: Answers = {name: one.grad for name, one in _tensors(probe).items()}
    for one in probe.parameters():
        one.grad = None
    probe.eval()
    validation = probe.test_step(X, y, val=True)
    return found | {"training loss": loss.detach(), "validation loss": validation}


def _marks(probe: nn.Module) -> list[Any]:
    """What is another thing after a module has changed itself."""
    attributes = [value for part in probe.modules() for value in vars(part).values()]
    return [*attributes, *(one._version for one in _tensors(probe).values())]


def _is_same(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(
        one is other or (isinstance(one, int) and one == other)
        for one, other in zip(before, after, strict=True)
    )


def _is_close(together: Tensor | None, alone: Sequence[Tensor | None]) -> bool:
    single = [one for one in alone if one is not None]
    if together is None or len(single) < len(alone):
        return together is None and not single
    wanted = torch.stack(single)
    size = wanted.abs().nan_to_num().max() if wanted.numel() else wanted.new_zeros(())
    return torch.allclose(together, wanted, rtol=0, atol=_TOLERANCE * float(size), equal_nan=True)


def _tensors(probe: nn.Module) -> dict[str, Tensor]:
    return dict(probe.named_parameters()) | dict(probe.named_buffers())


def _names(probe: nn.Module) -> Mapping[int, str]:
    return {id(one): name for name, one in probe.named_parameters()}
