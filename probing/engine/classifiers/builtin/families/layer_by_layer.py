"""The loop over the layers of a block that built-in classifiers share; bad folds fail alone."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import Block, ChosenFeatures, FoldFailure, FoldFit, TextScores
from probing.engine.classifiers.builtin.families.far_rows import n_far_rows
from probing.engine.classifiers.builtin.families.inner_fits import InnerFits
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.training_parts import Training, trainings
from probing.engine.metrics import probabilities_of
from probing.engine.shared_values import Memo
from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.memory_budget import budget_bytes
from probing.engine.solvers.rows.principal_basis import Basis, basis_of
from probing.engine.solvers.rows.recovered_weights import RecoveredWeights
from probing.engine.solvers.rows.scaling import standardised
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.supported_weights import supported_weights
from probing.engine.threads import Sharing, side_by_side
from probing.plan import fit_bytes

_PIECE = 4096  # rows that are looked at together
T = TypeVar("T")


@dataclass(frozen=True)
class Layer:
    """The features `[n_rows, d]` of one layer, and its task.

    Where it `holds_out`, training rows get scores by fits that did not see them; where it
    `directs`, fits tell their weights, where it `keeps` what else they are made of. What is in
    `memo` under `name` is of these features.
    """

    features: Rows
    task: str
    n_classes: int
    scaled: bool
    memo: Memo | None = None
    name: Hashable = ()
    holds_out: bool = False
    directs: bool = False
    keeps: bool = False

    @lazy
    def rows(self) -> Rows:
        """The features about their mean, and in units of their deviations where `scaled`."""
        make = partial(standardised, self.features, scaled=self.scaled)
        return self._shared("rows", make, _held_bytes)

    @lazy
    def basis(self) -> Basis:
        """Their principal coordinates."""
        rows = self.rows
        make = partial(basis_of, rows, scaled=self.scaled)
        return self._shared("basis", make, lambda basis: basis.nbytes - _held_bytes(rows))

    @lazy
    def broken(self) -> str:
        """Why they cannot be fitted; empty where they can."""
        return self._shared("broken", partial(_broken_rows, self.features), len)

    def _shared(self, what: str, make: Callable[[], T], n_bytes: Callable[[T], int]) -> T:
        """What is computed once for all classifiers that ask."""
        if self.memo is None:
            return make()
        # the last bits depend on the threads, and must not on who asked first
        name = what, self.name, self.scaled, torch.get_num_threads()
        return self.memo.get(name, make, n_bytes)

    @lazy
    def recovered(self) -> RecoveredWeights:
        """What finds the weights of linear scores."""
        return RecoveredWeights(self.basis)


Batches = Iterable[Sequence[Outcome | Failure]]
FitLayer = Callable[[Layer, Sequence[Training]], Batches]


class LayerwiseClassifier(ABC):
    """A classifier that fits each layer of a block by itself, several at once on a CPU.

    `side_by_side` says that blocks too may be fitted at once, in threads; `streams` that of many
    rows only some are held at a time; `chooses` that it fits the inner folds by itself.
    """

    side_by_side: ClassVar[bool] = True
    streams: ClassVar[bool] = True
    chooses: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]]
    least_per_class: ClassVar[int] = 2

    @abstractmethod
    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Batches:
        """Fit every training on one layer, in batches as they finish."""

    def gives_inner_scores(self, task: str) -> bool:
        """The held-out scores of every fit are by fits of its inner folds."""
        return True

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        for _, fit in self._fits(block, self.fit_layer):
            yield fit

    def _fits(
        self, block: Block, fit_layer: FitLayer, n_strengths: int = 1
    ) -> Iterator[tuple[int, FoldFit | FoldFailure]]:
        """The fits of `fit_layer`, and what cannot be fitted, each with its strength's place."""
        parts = trainings(block)
        reasons = [self.unfit(block, part) for part in parts]
        sound = [part for part, reason in zip(parts, reasons, strict=True) if reason is None]

        def layer_fits(layer_at: int) -> Iterator[tuple[int, FoldFit | FoldFailure]]:
            layer = _layer(block, layer_at)
            broken = layer.broken
            for part, reason in zip(parts, reasons, strict=True):
                if reason or broken:
                    for at in range(n_strengths):
                        yield at, _failed(layer_at, Failure(part, reason or broken))
            if sound and not broken:
                batches = fit_layer(layer, sound)
                if layer.holds_out and not self.chooses:
                    inner = InnerFits(sound, lambda one: self.unfit(block, one) is None)
                    batches = inner.whole(fit_layer(layer, inner.every))
                yield from _timed(layer_at, layer, batches)

        pieces = [partial(layer_fits, at) for at in range(len(block.features))]
        _, n_texts, n_samples, d = block.features.shape
        size = fit_bytes(n_texts * n_samples, d, streams=self.streams)
        yield from side_by_side(pieces, Sharing.of(len(pieces), block.device, size))

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        if len(part.train) == 0:
            return "the training part is empty"
        if block.task == "regression":
            constant = np.ptp(part.targets[part.train]) == 0
            return "all training targets are the same number" if constant else None
        counts = np.bincount(part.targets[part.train], minlength=block.n_classes)
        counts = counts // block.features.shape[2]
        least = int(counts.argmin())
        if counts[least] >= self.least_per_class:
            return None
        texts = f"{counts[least] or 'no'} training text{'s' if counts[least] != 1 else ''}"
        return f"class {least} has {texts}; at least {self.least_per_class} are needed"


def _layer(block: Block, layer_at: int) -> Layer:
    """The layer as it is stored, on the device if that holds it."""
    source, device = block.features[layer_at].flatten(0, 1), torch.device(block.device)
    if source.nbytes <= budget_bytes(device):
        source = source.to(device)
    scaled, name = block.scale == "standard", (block.name, layer_at)
    features = Rows(source, device)
    holds_out = block.task == "binary" or block.holds_out
    given = features, block.task, block.n_classes, scaled, block.memo, name
    return Layer(*given, holds_out, block.directs, block.keeps)


def _held_bytes(rows: Rows) -> int:
    return rows.shape.numel() * 8 if rows.is_held else 0


def _broken_rows(features: Rows) -> str:
    """Why features cannot be fitted; empty where they can."""
    source = features.source
    parts = (source[start : start + _PIECE] for start in range(0, len(source), _PIECE))
    broken = sum(int((~part.isfinite()).any(1).sum()) for part in parts)
    if broken:
        return f"features are not finite in {broken} of {len(features)} rows"
    far = n_far_rows(source)
    said = f"features are too far from all others in {far} of {len(features)} rows"
    return f"{said}: no fit keeps its digits" if far else ""


def _timed(
    layer_at: int, layer: Layer, batches: Batches
) -> Iterator[tuple[int, FoldFit | FoldFailure]]:
    """The outcomes of a layer as fits, each with its share of the time."""
    started = time.perf_counter()
    for batch in batches:
        elapsed = (time.perf_counter() - started) / max(1, len(batch))
        for outcome in batch:
            yield outcome.strength_at, _result(layer_at, layer, outcome, elapsed)
        started = time.perf_counter()


def _failed(layer_at: int, failure: Failure) -> FoldFailure:
    part = failure.training
    return FoldFailure(layer_at, part.labelling_at, part.fold, failure.reason)


def _result(
    layer_at: int, layer: Layer, outcome: Outcome | Failure, elapsed: float
) -> FoldFit | FoldFailure:
    if isinstance(outcome, Failure):
        return _failed(layer_at, outcome)
    task, part = layer.task, outcome.training
    scores = outcome.scores.to("cpu", torch.float64).numpy()
    if not np.isfinite(scores).all():
        return _failed(layer_at, Failure(part, "the fitted scores are not finite"))
    tested = part.texts.tests(part.scored // part.n_samples)
    test_scores = scores[tested]
    decision = None
    if task == "binary":
        decision = (test_scores > 0).astype(np.int64)
    elif task == "multiclass":
        decision = test_scores.argmax(1).astype(np.int64)
    return FoldFit(
        layer_at=layer_at,
        labelling_at=part.labelling_at,
        fold=part.fold,
        test_scores=test_scores,
        decision=decision,
        probabilities=probabilities_of(test_scores) if outcome.probabilities else None,
        n_params=outcome.n_params,
        fit_s=elapsed,
        chosen=dict(outcome.chosen),
        flags=outcome.flags,
        held_out=_held_out(outcome),
        seen=TextScores(part.texts.seen, scores[~tested]),
        weights=_weights(layer, outcome),
        bounds=None if outcome.bounds is None else outcome.bounds.cpu().numpy()[tested],
        neurons=_neurons(outcome),
        drawn=outcome.state if layer.keeps else None,
    )


def _neurons(outcome: Outcome) -> ChosenFeatures | None:
    found = outcome.neurons
    if found is None:
        return None
    places, scores = found.places.cpu().numpy(), found.scores.cpu().numpy()
    return ChosenFeatures(places.astype(np.int32), scores.astype(np.float64))


def _weights(layer: Layer, outcome: Outcome) -> NDArray[np.float64] | None:
    """The weights `[k, d]` of a linear fit in the units of the features, where asked for.

    Of permutations only those of the first.
    """
    _, permutation, _ = outcome.training.seed
    if not layer.directs or outcome.linear is None or permutation:
        return None
    if not (outcome.in_span or layer.recovered.has_full_rank):
        if outcome.support is None:
            return None
        sparse = supported_weights(layer.features, outcome.linear, outcome.support)
        return None if sparse is None else sparse.cpu().numpy()
    training = torch.zeros(len(layer.features), dtype=torch.bool)
    training[torch.from_numpy(outcome.training.train)] = True
    found = layer.recovered.of(outcome.linear, training.to(layer.features.device))
    return None if found is None else found.cpu().numpy()


def _held_out(outcome: Outcome) -> TextScores | None:
    if outcome.held_out is None or not bool(outcome.held_out.isfinite().all()):
        return None
    scores = outcome.held_out.to("cpu", torch.float64).numpy()
    return TextScores(outcome.training.texts.train, scores)
