"""Train linear scores of tokens for all folds of a layer, whatever makes one of a text of them."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.blocks import Block, FoldFailure, FoldFit, TrainingLog
from probing.engine.classifiers.bases.epoch_logs import epoch_log
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.tokens.folds import (
    LOSSES,
    ProbeOfFold,
    bias_of,
    count_outputs,
    mask_of,
    probe_of,
    result_of,
    targets_of,
    text_scores,
    unfit,
)
from probing.engine.solvers.networks.token_aggregates import PaddedTexts
from probing.engine.solvers.networks.token_training import (
    State,
    TextsOfProbes,
    TokenReader,
    TokenSchedule,
    TokenTraining,
    learnt_of,
)
from probing.engine.splits import seed_of
from probing.errors import CellError

FASTEST = 1e-2  # that a step moves a weight
_LEAST_EPOCHS, _LEAST_STEPS = 20, 1000  # the longer of both, unless epochs are given


class TokenProbe:
    """Linear scores of tokens, from which an aggregate makes that of a text; trained by AdamW.

    What a probe begins with: no weights but for those that tell several heads apart, and as its
    bias the log odds of the class frequencies. Tokens are scaled by those of its training texts.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")
    needs_validation: ClassVar[bool] = True
    share: ClassVar[float]  # of an output that a step moves over all features

    def __init__(
        self,
        heads: int,
        max_epoch: int | None,
        batch_size: int,
        learning_rate: float | None,
        weight_decay: float,
        patience: int,
    ) -> None:
        counts = {"heads": heads, "batch_size": batch_size, "patience": patience}
        given = counts if max_epoch is None else counts | {"max_epoch": max_epoch}
        check_counts(type(self).__name__, **given)
        check_positive(type(self).__name__, learning_rate=learning_rate)
        self.heads, self.max_epoch, self.batch_size = heads, max_epoch, batch_size
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.patience = patience

    @abstractmethod
    def _aggregated(self, state: State, scores: Tensor, texts: PaddedTexts) -> Tensor:
        """Scores of texts `[n_texts, p, k]`, without the bias, from those of tokens.

        These are `[n_texts, longest, p, h, c]`: what each head makes of each token.
        """

    def _more_state(self, n_probes: int, device: str) -> State:
        """Parameters beside the weights of heads and the biases."""
        return {}

    def _n_columns(self, n_outputs: int) -> int:
        """The numbers that a head makes of a token."""
        return n_outputs

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once."""
        if not block.tokens:
            raise CellError('needs the tokens of texts: use pool = "tokens"')
        for layer_at in range(len(block.tokens)):
            yield from self._fit_layer(block, layer_at)

    def _fit_layer(self, block: Block, layer_at: int) -> Iterator[FoldFit | FoldFailure]:
        began, probes = time.perf_counter(), list[ProbeOfFold]()
        for labelling_at, labelling in enumerate(block.labellings):
            for at, fold in enumerate(labelling.folds):
                reason = unfit(block, labelling.targets, fold)
                if reason:
                    yield FoldFailure(layer_at, labelling_at, at, reason)
                    continue
                probes.append(probe_of(block, labelling_at, at))
        if not probes:
            return
        reader = TokenReader(block.tokens[layer_at], block.device)
        training = self._trained(block, layer_at, reader, probes)
        outputs = _all_outputs(reader, training, len(block.groups))
        n_params = sum(training.state[name][0].numel() for name in training.learnt)
        elapsed_s = (time.perf_counter() - began) / len(probes)
        for at, one in enumerate(probes):
            place = layer_at, one.labelling_at, one.at
            chosen = {"epoch": float(training.best_epoch[at])}
            log = training.log
            told = {
                "n_params": n_params,
                "fit_s": elapsed_s,
                "chosen": chosen,
                "training": None if log is None else TrainingLog(log.names, log.of(at)),
                "drawn": _kept(training.state, at, one) if block.keeps else None,
            }
            yield result_of(block, place, one, text_scores(block, outputs[:, at], one), told)

    def _trained(
        self, block: Block, layer_at: int, reader: TokenReader, probes: Sequence[ProbeOfFold]
    ) -> TokenTraining:
        n_texts = len(block.groups)
        texts = TextsOfProbes(
            torch.stack([mask_of(one.fold.train, n_texts) for one in probes]),
            torch.stack([mask_of(one.fold.val, n_texts) for one in probes]),
            torch.stack([targets_of(block, one) for one in probes]),
        )
        state = self._first_state(block, reader, texts, probes)
        seed = seed_of(block.labellings[0].seed, "order of texts")
        places = [(layer_at, one.labelling_at, one.at) for one in probes]
        training = TokenTraining(
            reader,
            self._outputs,
            LOSSES[block.task],
            state,
            texts,
            self._optimizer(reader.rows.width),
            torch.Generator().manual_seed(seed),
            epoch_log(block, learnt_of(state), places),
        )
        training.run(self._schedule(int(texts.training.any(0).sum())))
        return training

    def _schedule(self, n_texts: int) -> TokenSchedule:
        """How long so many texts are trained on; `patience` counts steps, of which few have few."""
        steps = math.ceil(n_texts / self.batch_size)  # in an epoch
        epochs = self.max_epoch or max(_LEAST_EPOCHS, math.ceil(_LEAST_STEPS / steps))
        return TokenSchedule(epochs, self.batch_size, math.ceil(self.patience / steps))

    def _first_state(
        self, block: Block, reader: TokenReader, texts: TextsOfProbes, probes: Sequence[ProbeOfFold]
    ) -> State:
        """Weights and biases to begin with; what ends in `_` is not learnt."""
        n_outputs, d = count_outputs(block), reader.rows.width
        columns = self._n_columns(n_outputs)
        weight = torch.zeros(len(probes), self.heads, columns, d)
        if self.heads > 1:
            for own, one in zip(weight, probes, strict=True):
                seed = seed_of(block.labellings[one.labelling_at].seed, "fit", one.at)
                drawn = torch.Generator().manual_seed(seed)
                own[:, :n_outputs] = torch.randn(self.heads, n_outputs, d, generator=drawn) / d
        mean, deviation = reader.moments(texts.training)
        if block.scale != "standard":
            mean, deviation = torch.zeros_like(mean), torch.ones_like(deviation)
        state = {
            "weight": weight.to(reader.device),
            "bias": torch.stack([bias_of(block, one) for one in probes]).to(reader.device),
            **self._more_state(len(probes), reader.device),
        }
        return state | {"mean_": mean, "deviation_": deviation}

    def _outputs(self, state: State, tokens: Tensor, texts: PaddedTexts) -> Tensor:
        """Outputs `[n_texts, p, k]`: the tokens are scaled in the weights, not one by one."""
        scaled = state["weight"] / state["deviation_"][:, None, None]
        shift = (scaled * state["mean_"][:, None, None]).sum(-1)
        scores = tokens @ scaled.flatten(0, 2).T - shift.flatten()
        shape = -1, *shift.shape
        padded = texts.padded(scores.view(shape))
        return self._aggregated(state, padded, texts) + state["bias"]

    def _optimizer(self, width: int) -> Any:
        """AdamW. Loshchilov and Hutter, arXiv:1711.05101."""
        rate = self.learning_rate or min(FASTEST, self.share / width)
        return lambda weights: torch.optim.AdamW(weights, rate, weight_decay=self.weight_decay)


@torch.no_grad()
def _all_outputs(reader: TokenReader, training: TokenTraining, n_texts: int) -> Tensor:
    """Outputs of every text by every probe, `[n_texts, p, k]`."""
    parts = reader.parts(torch.arange(n_texts))
    return torch.cat([
        training.forward(training.state, tokens, texts).cpu() for _, tokens, texts in parts
    ])  # fmt: skip


def _kept(state: State, at: int, one: ProbeOfFold) -> dict[str, NDArray[Any]]:
    """What the probe of a fold is made of: its parameters, units, and those of its targets."""
    kept = {name: every[at].detach().cpu().numpy() for name, every in state.items()}
    return kept | {"target": np.array([one.mean, one.unit])}
