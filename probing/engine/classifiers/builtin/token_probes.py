"""Probes that look at every token: attention over tokens, and aggregated scores of tokens."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from probing.engine.blocks import Block, FoldFailure, FoldFit, TextScores, TrainingLog
from probing.engine.classifiers.bases.multi_step import NO_VALIDATION
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.metrics import class_log_odds, probabilities_of
from probing.engine.solvers.networks import token_aggregates as aggregates
from probing.engine.solvers.networks.token_aggregates import Aggregate, PaddedTexts
from probing.engine.solvers.networks.token_training import (
    State,
    TextsOfProbes,
    TokenReader,
    TokenSchedule,
    TokenTraining,
)
from probing.engine.splits import Fold, seed_of
from probing.errors import CellError, SpecError

LEAST_PER_CLASS = 2
FASTEST = 1e-2  # that a step moves a weight
_LEAST_EPOCHS, _LEAST_STEPS = 20, 1000  # the longer of both, unless epochs are given
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class _Probe:
    """A fold to train for: its place, its targets, and the unit of its targets."""

    labelling_at: int
    at: int
    fold: Fold
    targets: NDArray[Any]
    mean: float
    unit: float


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
        began, probes = time.perf_counter(), list[_Probe]()
        for labelling_at, labelling in enumerate(block.labellings):
            for at, fold in enumerate(labelling.folds):
                reason = _unfit(block, labelling.targets, fold)
                if reason:
                    yield FoldFailure(layer_at, labelling_at, at, reason)
                    continue
                probes.append(_probe(block, labelling_at, at))
        if not probes:
            return
        reader = TokenReader(block.tokens[layer_at], block.device)
        training = self._trained(block, reader, probes)
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
            }
            yield _result(block, place, one, _text_scores(block, outputs[:, at], one), told)

    def _trained(
        self, block: Block, reader: TokenReader, probes: Sequence[_Probe]
    ) -> TokenTraining:
        n_texts = len(block.groups)
        texts = TextsOfProbes(
            torch.stack([_mask(one.fold.train, n_texts) for one in probes]),
            torch.stack([_mask(one.fold.val, n_texts) for one in probes]),
            torch.stack([_targets(block, one) for one in probes]),
        )
        state = self._first_state(block, reader, texts, probes)
        seed = seed_of(block.labellings[0].seed, "order of texts")
        training = TokenTraining(
            reader,
            self._outputs,
            _LOSSES[block.task],
            state,
            texts,
            self._optimizer(reader.rows.width),
            torch.Generator().manual_seed(seed),
            block.logs_training,
        )
        training.run(self._schedule(int(texts.training.any(0).sum())))
        return training

    def _schedule(self, n_texts: int) -> TokenSchedule:
        """How long so many texts are trained on; `patience` counts steps, of which few have few."""
        steps = math.ceil(n_texts / self.batch_size)  # in an epoch
        epochs = self.max_epoch or max(_LEAST_EPOCHS, math.ceil(_LEAST_STEPS / steps))
        return TokenSchedule(epochs, self.batch_size, math.ceil(self.patience / steps))

    def _first_state(
        self, block: Block, reader: TokenReader, texts: TextsOfProbes, probes: Sequence[_Probe]
    ) -> State:
        """Weights and biases to begin with; what ends in `_` is not learnt."""
        n_outputs, d = _n_outputs(block), reader.rows.width
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
            "bias": torch.stack([_bias(block, one) for one in probes]).to(reader.device),
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


class AttentionProbe(TokenProbe):
    """Each head finds by a softmax over the tokens where to look, and reads a value there.

    Shabalin and Belrose 2025, "Attention probes", https://blog.eleuther.ai/attention-probes: the
    logit of a token is linear in it, and in its place by a weight that each head learns.
    """

    share = 2.0

    def __init__(
        self,
        heads: int = 1,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 100,
    ) -> None:
        super().__init__(heads, max_epoch, batch_size, learning_rate, weight_decay, patience)

    def _n_columns(self, n_outputs: int) -> int:
        return n_outputs + 1  # the logit

    def _more_state(self, n_probes: int, device: str) -> State:
        return {"position": torch.zeros(n_probes, self.heads, device=device)}

    def _aggregated(self, state: State, scores: Tensor, texts: PaddedTexts) -> Tensor:
        places = torch.arange(scores.shape[1], device=scores.device, dtype=scores.dtype)
        logits = scores[..., -1] + places[:, None, None] * state["position"]
        return aggregates.attended(logits, scores[..., :-1], texts)


class TokenScores(TokenProbe):
    """A linear score of every token; `by` says how they become that of the text.

    `mean`, `max`, `softmax` (weights by the scores over `temperature`), `multimax` (the sum over
    `heads` of each one's largest), `rolling` (the largest mean over `window` neighbours), `last`
    (the mean over the last `window`) or `ema` (the largest exponential average, a share `alpha` of
    it the token itself).
    """

    share = 4.0

    def __init__(
        self,
        by: str = "mean",
        heads: int = 4,
        window: int = 10,
        temperature: float = 1.0,
        alpha: float = 0.5,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 100,
    ) -> None:
        n_heads = heads if by == "multimax" else 1
        super().__init__(n_heads, max_epoch, batch_size, learning_rate, weight_decay, patience)
        check_counts("TokenScores", heads=heads, window=window)
        check_positive("TokenScores", temperature=temperature, alpha=alpha)
        if alpha > 1:
            raise SpecError(f"alpha = {alpha!r} must be at most 1", where="TokenScores")
        known: dict[str, Aggregate] = {
            "mean": aggregates.mean,
            "max": aggregates.largest,
            "multimax": aggregates.largest,
            "softmax": aggregates.softmax(temperature),
            "rolling": aggregates.rolling(window),
            "last": aggregates.last(window),
            "ema": aggregates.exponential(alpha),
        }
        if by not in known:
            what = f"by = {by!r} must be one of {', '.join(known)}"
            raise SpecError(what, where="TokenScores")
        self.aggregate = known[by]

    def _aggregated(self, state: State, scores: Tensor, texts: PaddedTexts) -> Tensor:
        return self.aggregate(scores, texts).sum(dim=2)


def _probe(block: Block, labelling_at: int, at: int) -> _Probe:
    labelling = block.labellings[labelling_at]
    fold, targets = labelling.folds[at], labelling.targets
    if block.task != "regression":
        return _Probe(labelling_at, at, fold, targets, 0.0, 1.0)
    own = targets[fold.train]
    return _Probe(labelling_at, at, fold, targets, float(own.mean()), float(own.std()))


def _unfit(block: Block, targets: NDArray[Any], fold: Fold) -> str:
    """Why a fold cannot be trained for; empty where it can."""
    if block.task == "regression":
        constant = np.ptp(targets[fold.train]) == 0
        return "all training targets are the same number" if constant else ""
    counts = np.bincount(targets[fold.train].astype(np.int64), minlength=block.n_classes)
    least = int(counts.argmin())
    if counts[least] >= LEAST_PER_CLASS:
        return ""
    texts = f"{counts[least] or 'no'} training text{'s' if counts[least] != 1 else ''}"
    return f"class {least} has {texts}; at least {LEAST_PER_CLASS} are needed"


def _n_outputs(block: Block) -> int:
    return block.n_classes if block.task == "multiclass" else 1


def _mask(rows: NDArray[np.int64], n_texts: int) -> Tensor:
    mask = torch.zeros(n_texts, dtype=torch.bool)
    mask[torch.from_numpy(rows)] = True
    return mask


def _targets(block: Block, one: _Probe) -> Tensor:
    """Classes, or numbers in units of their training deviation."""
    if block.task == "multiclass":
        return torch.from_numpy(one.targets.astype(np.int64))
    return torch.from_numpy((one.targets - one.mean) / one.unit).float()


def _bias(block: Block, one: _Probe) -> Tensor:
    """Outputs `[k]` that know no text."""
    if block.task == "regression":
        return torch.zeros(1)
    classes = one.targets[one.fold.train].astype(np.int64)
    counts = np.bincount(classes, minlength=block.n_classes)
    logs = torch.from_numpy(np.log(counts / counts.sum())).float()
    return logs[1:] - logs[:1] if block.task == "binary" else logs


def _of_classes(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.movedim(2, 1), targets, reduction="none")


def _of_two(outputs: Tensor, targets: Tensor) -> Tensor:
    found: Tensor = functional.binary_cross_entropy_with_logits(
        outputs[..., 0], targets, reduction="none"
    )
    return found


def _of_numbers(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs[..., 0] - targets) ** 2


_LOSSES = {"binary": _of_two, "multiclass": _of_classes, "regression": _of_numbers}


@torch.no_grad()
def _all_outputs(reader: TokenReader, training: TokenTraining, n_texts: int) -> Tensor:
    """Outputs of every text by every probe, `[n_texts, p, k]`."""
    parts = reader.parts(torch.arange(n_texts))
    return torch.cat([
        training.forward(training.state, tokens, texts).cpu() for _, tokens, texts in parts
    ])  # fmt: skip


def _text_scores(block: Block, outputs: Tensor, one: _Probe) -> Scores:
    """Log odds, of class 1 or of each class against the rest; numbers on their scale."""
    numbers = outputs.double().numpy()
    if block.task == "multiclass":
        return class_log_odds(numbers)
    scores: Scores = numbers[:, 0] * one.unit + one.mean
    return scores


def _result(
    block: Block, place: tuple[int, int, int], one: _Probe, scores: Scores, told: Mapping[str, Any]
) -> FoldFit | FoldFailure:
    """The fit of a fold from the scores of all texts."""
    if not np.isfinite(scores).all():
        return FoldFailure(*place, "the fitted scores are not finite")
    fold = one.fold
    tested = scores[fold.test]
    decision = None
    if block.task != "regression":
        decision = (tested.argmax(1) if tested.ndim > 1 else tested > 0).astype(np.int64)
    held_out = None
    if block.task == "binary" and len(fold.val):
        held_out = TextScores(fold.val, scores[fold.val])
    return FoldFit(
        *place,
        test_scores=tested,
        decision=decision,
        probabilities=None if decision is None else probabilities_of(tested),
        held_out=held_out,
        seen=TextScores(fold.seen, scores[fold.seen]),
        flags=() if len(fold.val) else (NO_VALIDATION,),
        **told,
    )
