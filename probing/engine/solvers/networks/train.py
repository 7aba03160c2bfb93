"""Train networks of one shape at once, each on its own rows, order and initial weights.

Nothing passes from one network to another: each learns what it would learn alone, up to the
rounding of sums. Rows are never padded: the networks whose batch has as many rows take the step
together, so that the loss may be any function of a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from probing.engine.solvers.networks.epoch_log import EpochLog
from probing.engine.solvers.networks.rate_schedules import rate_factor
from probing.engine.solvers.networks.stacked_optimizers import narrow

State = Mapping[str, Tensor]
Where = slice | Tensor
ALL = slice(None)


class Losses(Protocol):
    """The losses `[p]` of p networks, each on its own rows; `state` is `[p, ...]` by name."""

    def training(
        self, state: State, X: Tensor, y: Tensor, generators: Sequence[torch.Generator]
    ) -> Tensor:
        """Of a batch `[p, b, d]` with targets `[p, b]`; what is random comes from generators."""

    def validation(self, state: State, X: Tensor, y: Tensor) -> Tensor:
        """Of all validation rows `[p, n, d]`."""


@dataclass(frozen=True)
class Examples:
    """Rows `X` `[p, n, d]` and targets `y` `[p, n]` of p networks; `counts` are real."""

    X: Tensor
    y: Tensor
    counts: tuple[int, ...]

    @classmethod
    def of(cls, sets: Sequence[tuple[Tensor, Tensor]]) -> Examples:
        """The rows `[n, d]` and targets `[n]` of each network."""
        X, y = (pad_sequence(list(parts), batch_first=True) for parts in zip(*sets, strict=True))
        return cls(X, y, tuple(len(targets) for _, targets in sets))

    def fetch(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Rows by their place in all rows of all networks, `[q, b]`."""
        rows = self.X.flatten(0, 1).index_select(0, flat.flatten())
        return rows.view(*flat.shape, -1), self.y.flatten()[flat]

    def first(self, networks: Where, count: int) -> tuple[Tensor, Tensor]:
        """The first `count` rows of some networks."""
        return self.X[networks, :count], self.y[networks, :count]


@dataclass(frozen=True)
class Schedule:
    """Minibatches, the most epochs, how many without a lower validation loss are the last, and how
    the learning rate changes."""

    max_epoch: int
    batch_size: int
    patience: int
    rate: str = "constant"
    warmup: int = 0

    def factor(self, epoch: int) -> float:
        """What the learning rate is multiplied by."""
        return rate_factor(self.rate, epoch, self.max_epoch, self.warmup)


class NetworkTraining:
    """Trains p networks; `state` is what `losses` wants, and `optimizer` steps on parts of it.

    Batches are drawn from `generators`, one a network. Networks that stop leave the stack.
    Afterwards `state` holds the weights of each network's best epoch (without validation rows
    of its last), `best_epoch` the number of it (0: none was better than infinity), and
    `n_epochs` how many were run.
    """

    def __init__(
        self,
        losses: Losses,
        state: dict[str, Tensor],
        optimizer: torch.optim.Optimizer,
        train: Examples,
        val: Examples | None,
        generators: Sequence[torch.Generator],
        log: EpochLog | None = None,
    ) -> None:
        n = len(train.counts)
        self.losses, self.optimizer, self.train, self.val = losses, optimizer, train, val
        self.generators, self.log = generators, log
        self.state = {name: one.detach().clone() for name, one in state.items()}
        self.least, self.best_epoch, self.n_epochs = [float("inf")] * n, [0] * n, [0] * n
        self._live, self._networks = state, list(range(n))

    def run(self, schedule: Schedule) -> None:
        """Train every network to its end."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        for epoch in range(1, schedule.max_epoch + 1):
            set_rates(self.optimizer, rates, schedule.factor(epoch))
            self._epoch(schedule.batch_size)
            for one in self._networks:
                self.n_epochs[one] = epoch
            losses = None if self.val is None else self._validation()
            if self.log is not None:
                self.log.close(self._networks, losses, self._live)
            if losses is not None:
                self._keep_better(epoch, losses)
                self._stop([epoch - self.best_epoch[one] for one in self._networks], schedule)
            if not self._networks:
                return
        self._keep([at for at, one in enumerate(self._networks) if not self.best_epoch[one]])

    def _epoch(self, batch_size: int) -> None:
        counts = [self.train.counts[one] for one in self._networks]
        order = self._order(counts)
        for begin in range(0, max(counts), batch_size):
            sizes = [min(batch_size, count - begin) for count in counts]
            parts = list(by_size(sizes, order.device))
            losses = [
                self._batch_losses(where, order[where, begin : begin + size])
                for where, size in parts
            ]
            self.optimizer.zero_grad()
            torch.cat(losses).sum().backward()  # type: ignore[no-untyped-call]
            if self.log is not None:
                self._note(self.log, [where for where, _ in parts], torch.cat(losses), sizes)
            self.optimizer.step()

    def _note(
        self, log: EpochLog, parts: Sequence[Where], losses: Tensor, sizes: Sequence[int]
    ) -> None:
        """A batch of all networks for the log; `losses` are part by part."""
        places = torch.cat([torch.arange(len(self._networks))[_on_cpu(one)] for one in parts])
        in_order = torch.empty_like(losses)
        in_order[places.to(losses.device)] = losses.detach()
        gradients = {name: one.grad for name, one in self._live.items()}
        log.step(self._networks, in_order, sizes, gradients)

    def _order(self, counts: Sequence[int]) -> Tensor:
        """The rows of each network in an order of its own, `[q, n]`."""
        n_rows = self.train.X.shape[1]
        orders = [
            torch.randperm(count, generator=self.generators[one]) + one * n_rows
            for one, count in zip(self._networks, counts, strict=True)
        ]
        return pad_sequence(orders, batch_first=True).to(self.train.X.device)

    def _batch_losses(self, where: Where, flat: Tensor) -> Tensor:
        X, y = self.train.fetch(flat)
        return self.losses.training(self._some(where), X, y, self._of(where, self.generators))

    def _of(
        self, where: Where, all_networks: Sequence[torch.Generator]
    ) -> Sequence[torch.Generator]:
        places = range(len(self._networks)) if isinstance(where, slice) else where.tolist()
        return [all_networks[self._networks[at]] for at in places]

    def _some(self, where: Where) -> State:
        if isinstance(where, slice):
            return self._live
        return {name: one[where] for name, one in self._live.items()}

    @torch.no_grad()
    def _validation(self) -> list[float]:
        assert self.val is not None
        found = [0.0] * len(self._networks)
        counts = [self.val.counts[one] for one in self._networks]
        everyone = len(self._networks) == len(self.val.counts)
        networks = torch.tensor(self._networks, device=self.val.X.device)
        for where, count in by_size(counts, self.val.X.device):
            chosen = ALL if everyone and isinstance(where, slice) else networks[where]
            X, y = self.val.first(chosen, count)
            losses = self.losses.validation(self._some(where), X, y).tolist()
            places = range(len(found)) if isinstance(where, slice) else where.tolist()
            for at, loss in zip(places, losses, strict=True):
                found[at] = loss
        return found

    def _keep_better(self, epoch: int, losses: Sequence[float]) -> None:
        better = []
        for at, loss in enumerate(losses):
            one = self._networks[at]
            if loss < self.least[one]:
                self.least[one], self.best_epoch[one] = loss, epoch
                better.append(at)
        self._keep(better)

    def _keep(self, places: list[int]) -> None:
        """The weights of the networks at these places are their best so far."""
        if not places:
            return
        networks = [self._networks[at] for at in places]
        for name, kept in self.state.items():
            kept[networks] = self._live[name].detach()[places]

    def _stop(self, waited: list[int], schedule: Schedule) -> None:
        """Those that waited long enough leave; one that was never better leaves as it is."""
        ended = [at for at, epochs in enumerate(waited) if epochs >= schedule.patience]
        if not ended:
            return
        self._keep([at for at in ended if not self.best_epoch[self._networks[at]]])
        stay = [at for at, epochs in enumerate(waited) if epochs < schedule.patience]
        self._networks = [self._networks[at] for at in stay]
        if stay:
            self._live = narrow(self._live, self.optimizer, stay)


def set_rates(optimizer: torch.optim.Optimizer, rates: Sequence[float], factor: float) -> None:
    """Let every group of an optimiser go at its own rate times a factor."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate * factor


def _on_cpu(where: Where) -> Where:
    return where if isinstance(where, slice) else where.cpu()


def by_size(sizes: Sequence[int], device: torch.device) -> Iterator[tuple[Where, int]]:
    """The places of each size: a slice where all are of one size."""
    distinct = sorted(set(sizes))
    for size in distinct:
        places = [at for at, one in enumerate(sizes) if one == size]
        yield ALL if len(distinct) == 1 else torch.tensor(places, device=device), size
