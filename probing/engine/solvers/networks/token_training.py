"""Train probes of tokens for all folds at once, over minibatches of texts that all of them share.

Each minibatch is read once, and one product gives the scores of its tokens by every probe. A probe
learns from those of the texts that it trains on. No more of the activations is held than the part
of a minibatch that is worked on; gradients add up over its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.networks.epoch_log import EpochLog
from probing.engine.solvers.networks.stacked_optimizers import narrow
from probing.engine.solvers.networks.token_aggregates import PaddedTexts
from probing.engine.token_rows import Tokens
from probing.errors import CellError

PIECE_BYTES = 2**25  # of activations that are worked on together

State = dict[str, Tensor]
Forward = Callable[[State, Tensor, PaddedTexts], Tensor]
"""Outputs `[n_texts, p, k]` of p probes from tokens `[n_tokens, d]` and the state, `[p, ...]`."""
Losses = Callable[[Tensor, Tensor], Tensor]
"""Losses `[n_texts, p]` of outputs `[n_texts, p, k]` and targets `[n_texts, p]`."""


@dataclass(frozen=True)
class TextsOfProbes:
    """What each of p probes trains on and is stopped by, and its targets, `[p, n_texts]` each."""

    training: Tensor
    validation: Tensor
    targets: Tensor

    def of(self, probes: list[int]) -> TextsOfProbes:
        """Those of some probes."""
        return TextsOfProbes(self.training[probes], self.validation[probes], self.targets[probes])


@dataclass(frozen=True)
class TokenSchedule:
    """Texts of a step, the most epochs, and how many without a lower validation loss are the
    last."""

    max_epoch: int
    batch_size: int
    patience: int


class TokenReader:
    """Reads texts of a layer in parts that memory holds, on a device."""

    def __init__(self, rows: Tokens, device: str) -> None:
        self.rows, self.device = rows, device
        self.lengths = torch.from_numpy(rows.lengths)
        self.most = max(1, PIECE_BYTES // (4 * rows.width))

    def parts(self, texts: Tensor) -> Iterator[tuple[Tensor, Tensor, PaddedTexts]]:
        """Some of the texts, their tokens `[n_tokens, d]`, and where these stand."""
        upto = self.lengths[texts].cumsum(0)
        lot = torch.div(upto - 1, self.most, rounding_mode="floor")
        _, sizes = torch.unique_consecutive(lot, return_counts=True)
        for part in torch.split(texts, sizes.tolist()):
            tokens, lengths = self.rows.read(part.numpy())
            yield part, tokens.to(self.device), PaddedTexts.of(lengths.to(self.device))

    def moments(self, training: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each feature over the tokens that each probe trains on, `[p, d]`.

        Raises `CellError` for activations that are not finite.
        """
        n_probes, n_texts = training.shape
        sums = torch.zeros(2, n_probes, self.rows.width, dtype=torch.float64, device=self.device)
        count = torch.zeros(n_probes, dtype=torch.float64, device=self.device)
        for part, tokens, texts in self.parts(torch.arange(n_texts)):
            own = training[:, part].to(self.device, torch.float64)
            of_text = torch.arange(len(part), device=self.device).repeat_interleave(texts.lengths)
            for at, power in enumerate((1, 2)):
                room = sums.new_zeros(len(part), self.rows.width)
                sums[at] += own @ room.index_add(0, of_text, tokens.double() ** power)
            count += own @ texts.lengths.double()
        if not bool(sums.isfinite().all()):
            hint = 'use dtype = "bfloat16" or "float32"'
            raise CellError("the activations contain NaN or infinity", hint=hint)
        mean = sums[0] / count[:, None]
        spread = (sums[1] / count[:, None] - mean**2).clamp(min=0).sqrt()
        return mean.float(), torch.where(spread > 0, spread, 1.0).float()


def learnt_of(state: State) -> list[str]:
    """The names of what is learnt."""
    return [name for name in state if not name.endswith("_")]


class TokenTraining:
    """Trains p probes; afterwards `state` holds the weights of each one's best epoch.

    What ends in `_` in the state is not learnt. `log` gathers the epochs, where it is given.

    `best_epoch` is its number; without validation texts it is the last.
    """

    def __init__(
        self,
        reader: TokenReader,
        forward: Forward,
        losses: Losses,
        state: State,
        texts: TextsOfProbes,
        optimizer: Callable[[Sequence[Tensor]], torch.optim.Optimizer],
        generator: torch.Generator,
        log: EpochLog | None = None,
    ) -> None:
        self.reader, self.forward, self.losses, self.texts = reader, forward, losses, texts
        self.state = {name: one.detach().clone() for name, one in state.items()}
        self.learnt = learnt_of(state)
        self._live = {name: one.detach().clone() for name, one in state.items()}
        for name in self.learnt:
            self._live[name].requires_grad_(True)
        self.optimizer = optimizer([self._live[name] for name in self.learnt])
        self.generator = generator
        n = len(texts.training)
        self.log = log
        self._probes, self.least, self.best_epoch = list(range(n)), [float("inf")] * n, [0] * n

    def run(self, schedule: TokenSchedule) -> None:
        """Train every probe to its end."""
        checked = bool(self.texts.validation.any())
        for epoch in range(1, schedule.max_epoch + 1):
            self._epoch(schedule.batch_size)
            better = list(range(len(self._probes)))
            found = self._validation() if checked else None
            if self.log is not None:
                self.log.close(self._probes, found, self._live)
            if found is not None:
                better = [at for at, loss in enumerate(found) if loss < self._least(at)]
                for at in better:
                    self.least[self._probes[at]] = found[at]
            self._keep(better, epoch)
            stay = [
                at
                for at, one in enumerate(self._probes)
                if epoch - self.best_epoch[one] < schedule.patience
            ]
            if not stay:
                return
            if len(stay) < len(self._probes):
                self._live = narrow(self._live, self.optimizer, stay)
                self._probes = [self._probes[at] for at in stay]

    def _least(self, at: int) -> float:
        return self.least[self._probes[at]]

    def _keep(self, places: list[int], epoch: int) -> None:
        probes = [self._probes[at] for at in places]
        for one in probes:
            self.best_epoch[one] = epoch
        for name, kept in self.state.items():
            kept[probes] = self._live[name].detach()[places]

    def _epoch(self, batch_size: int) -> None:
        texts = self.texts.of(self._probes)
        used = texts.training.any(0).nonzero().flatten()
        order = used[torch.randperm(len(used), generator=self.generator)]
        for batch in torch.split(order, batch_size):
            counts = texts.training[:, batch].float().sum(1, keepdim=True)
            shares = texts.training[:, batch] / counts.clamp(min=1)
            self.optimizer.zero_grad()
            start, total = 0, torch.zeros(len(counts), device=self.reader.device)
            for part, tokens, padded in self.reader.parts(batch):
                share = shares[:, start : start + len(part)].T.to(self.reader.device)
                start += len(part)
                own = (self._losses(texts, part, tokens, padded) * share).sum(0)
                own.sum().backward()  # type: ignore[no-untyped-call]
                total += own.detach()
            if self.log is not None:
                gradients = {name: self._live[name].grad for name in self.learnt}
                self.log.step(self._probes, total, counts[:, 0].int().tolist(), gradients)
            self.optimizer.step()

    def _losses(
        self, texts: TextsOfProbes, part: Tensor, tokens: Tensor, padded: PaddedTexts
    ) -> Tensor:
        targets = texts.targets[:, part].T.to(self.reader.device)
        return self.losses(self.forward(self._live, tokens, padded), targets)

    @torch.no_grad()
    def _validation(self) -> list[float]:
        """The mean loss of each probe over its validation texts."""
        texts = self.texts.of(self._probes)
        shares = texts.validation.double()
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1)
        total = torch.zeros(len(self._probes), dtype=torch.float64)
        for part, tokens, padded in self.reader.parts(texts.validation.any(0).nonzero().flatten()):
            losses = self._losses(texts, part, tokens, padded).double().cpu()
            total += torch.where(shares[:, part].T > 0, losses * shares[:, part].T, 0.0).sum(0)
        return [float(one) for one in total]
