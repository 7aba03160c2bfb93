"""Probes that find a direction in contrast pairs without labels: CCS and CRC-TPC."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.blocks import Block, FoldFailure, FoldFit, TextScores
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.pairs.paired_block import (
    ALONE,
    Ints,
    alone_flag,
    partners_of,
    training_texts,
)
from probing.engine.metrics import probabilities_of
from probing.engine.solvers.contrast.ccs import (
    HalfScales,
    Search,
    pair_log_odds,
    searched,
    top_component,
)
from probing.engine.splits import seed_of
from probing.engine.threads import Sharing, side_by_side
from probing.plan import fit_bytes

SIGN = "the sign is set by the training labels"
_LEAST_PAIRS = 2


@dataclass(frozen=True)
class Direction:
    """What was found in the halves of training pairs: their scales, weights `[d]` and an offset."""

    scales: HalfScales
    weights: Tensor
    offset: Tensor
    chosen: Mapping[str, float]


@dataclass(frozen=True)
class _Pairs:
    """The rows of the first and the second halves of pairs, `[n_pairs]` each."""

    first: Ints
    second: Ints

    @classmethod
    def among(cls, texts: Ints, partners: Ints, halves: Ints) -> _Pairs:
        """The pairs of some texts: every partner must be among these."""
        first = texts[(halves[texts] == 0) & (partners[texts] != ALONE)]
        return cls(first, partners[first])


class UnsupervisedPairs(ABC):
    """Finds a direction in the halves of the training pairs; labels set its sign alone.

    Each half is normalised by its own training rows. Which half a text is, a column of the dataset
    says, else a coin for each pair: then the two halves differ in nothing by themselves.
    """

    side_by_side: ClassVar[bool] = True
    streams: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("binary",)

    @abstractmethod
    def direction(self, first: Tensor, second: Tensor, scales: HalfScales, seed: int) -> Direction:
        """What is found in normalised halves `[n_pairs, d]`."""

    @abstractmethod
    def scores(self, found: Direction, first: Tensor, second: Tensor) -> Tensor:
        """For each pair `[n_pairs]` of normalised halves, how far the first is class 1."""

    def gives_inner_scores(self, task: str) -> bool:
        """Inner folds are fitted only where candidates are compared."""
        return False

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        partners = partners_of(block)
        pieces = [partial(self._layer, block, at, partners) for at in range(len(block.features))]
        _, n_texts, n_samples, d = block.features.shape
        size = fit_bytes(n_texts * n_samples, d, streams=False)
        yield from side_by_side(pieces, Sharing.of(len(pieces), block.device, size))

    def _layer(
        self, block: Block, layer_at: int, partners: Ints
    ) -> Iterator[FoldFit | FoldFailure]:
        for labelling_at, labelling in enumerate(block.labellings):
            halves = halves_of(block, partners, labelling.seed)
            for fold in range(len(labelling.folds)):
                place = layer_at, labelling_at, fold
                train = training_texts(labelling, fold, partners)
                if len(train) < 2 * _LEAST_PAIRS:
                    reason = f"{len(train) // 2} training pairs have one text of each class"
                    yield FoldFailure(*place, f"{reason}; at least {_LEAST_PAIRS} are needed")
                else:
                    yield self._fold(block, place, train, partners, halves)

    def _fold(
        self, block: Block, place: tuple[int, int, int], train: Ints, partners: Ints, halves: Ints
    ) -> FoldFit:
        began = time.perf_counter()
        layer_at, labelling_at, at = place
        labelling = block.labellings[labelling_at]
        X, n_samples = block.features[layer_at], block.features.shape[2]
        pairs = _Pairs.among(train, partners, halves)
        raw = [_samples(X, rows, block.device) for rows in (pairs.first, pairs.second)]
        scales = HalfScales.of(raw, scaled=block.scale == "standard")
        first, second = (scales.of_half(side, half) for side, half in enumerate(raw))
        seed = seed_of(labelling.seed, "pairs", at)
        found = self.direction(first, second, scales, seed)
        is_first = np.repeat(labelling.targets[pairs.first] == 1, n_samples)
        agreed = float(np.mean((self.scores(found, first, second) > 0).cpu().numpy() == is_first))
        sign = 1.0 if agreed >= 0.5 else -1.0

        def scored(texts: Ints) -> NDArray[np.float64]:
            return sign * self._scores(block, X, texts, partners, halves, found)

        fold = labelling.folds[at]
        test = scored(fold.test)
        alone = partners == ALONE
        flags = (SIGN, alone_flag(alone)) if alone.any() else (SIGN,)
        weights = sign * (found.weights / found.scales.deviations.mean(0))[None]
        return FoldFit(
            *place,
            test_scores=test,
            decision=(test > 0).astype(np.int64),
            probabilities=probabilities_of(test) if self.probabilities else None,
            n_params=X.shape[2] + 1,
            fit_s=time.perf_counter() - began,
            chosen={**found.chosen, "train_agreement": max(agreed, 1 - agreed)},
            flags=flags,
            seen=TextScores(fold.seen, scored(fold.seen)),
            weights=weights.cpu().numpy() if block.directs else None,
        )

    def _scores(
        self,
        block: Block,
        X: Tensor,
        texts: Ints,
        partners: Ints,
        halves: Ints,
        found: Direction,
    ) -> NDArray[np.float64]:
        """Scores of all samples of some texts: a pair's, with the sign of the text's half."""
        n_samples = X.shape[1]
        scores = np.zeros((len(texts), n_samples))
        at = np.flatnonzero(partners[texts] != ALONE)
        own, other = texts[at], partners[texts[at]]
        is_first = halves[own] == 0
        first, second = np.where(is_first, own, other), np.where(is_first, other, own)
        sides = [
            found.scales.of_half(side, _samples(X, rows, block.device))
            for side, rows in enumerate((first, second))
        ]
        of_pairs = self.scores(found, *sides).cpu().numpy().reshape(-1, n_samples)
        scores[at] = np.where(is_first, 1.0, -1.0)[:, None] * of_pairs
        return scores.reshape(-1)


def halves_of(block: Block, partners: Ints, seed: int) -> Ints:
    """The half of each text, `[n_texts]`: as the dataset says, else by a coin for each pair."""
    if block.halves is not None:
        return block.halves
    coins = np.random.default_rng(seed_of(seed, "halves")).integers(0, 2, len(partners))
    rows = np.arange(len(partners))
    leads = np.minimum(rows, np.where(partners == ALONE, rows, partners))
    return np.where(rows == leads, coins[leads], 1 - coins[leads])


def _samples(X: Tensor, texts: Ints, device: str) -> Tensor:
    """The samples `[n_texts * n_samples, d]` of some texts in float64."""
    return X[torch.from_numpy(texts)].to(device, torch.float64).flatten(0, 1)


class CCS(UnsupervisedPairs):
    """Contrast-consistent search (Burns et al. 2022, arXiv:2212.03827).

    Probabilities `p`, `q` of the halves minimise the mean of `(p - (1 - q))² + min(p, q)²` over
    the training pairs, by AdamW on all of them at once; the restart of the least loss is kept. A
    pair's first text is class 1 with probability `(p + 1 - q) / 2`.
    """

    probabilities = True

    def __init__(
        self,
        n_restarts: int = 10,
        n_epochs: int = 1000,
        learning_rate: float = 0.01,
        weight_decay: float = 0.01,
    ) -> None:
        check_counts("CCS", n_restarts=n_restarts, n_epochs=n_epochs)
        check_positive("CCS", learning_rate=learning_rate)
        self.n_restarts, self.n_epochs = n_restarts, n_epochs
        self.learning_rate, self.weight_decay = learning_rate, weight_decay

    def direction(self, first: Tensor, second: Tensor, scales: HalfScales, seed: int) -> Direction:
        """The best of all restarts, in single precision."""
        search = Search(self.n_epochs, self.n_restarts, self.learning_rate, self.weight_decay)
        generator = torch.Generator().manual_seed(seed)
        found = searched(first.float(), second.float(), search, generator)
        weights, offset, loss = found
        return Direction(scales, weights, offset, {"loss": loss})

    def scores(self, found: Direction, first: Tensor, second: Tensor) -> Tensor:
        """Log odds of the mean of both halves' probabilities."""
        return pair_log_odds(*(half @ found.weights + found.offset for half in (first, second)))


class CRCTPC(UnsupervisedPairs):
    """Contrastive representation clustering by the top principal component of the differences.

    The sign of the projection of a pair's difference decides. Burns et al. 2022, arXiv:2212.03827.
    """

    def direction(self, first: Tensor, second: Tensor, scales: HalfScales, seed: int) -> Direction:
        """The first principal axis of the differences."""
        axis, share = top_component(first - second)
        return Direction(scales, axis, axis.new_zeros(()), {"variance_share": share})

    def scores(self, found: Direction, first: Tensor, second: Tensor) -> Tensor:
        """Projections."""
        return (first - second) @ found.weights
