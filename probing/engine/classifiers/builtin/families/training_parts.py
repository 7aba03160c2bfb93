"""The training parts of a block: one for each labelling and fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.solvers.rows.training_sets import OUTSIDE, TrainingSets
from probing.engine.splits.types import Fold

Rows = NDArray[np.int64]
Targets = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Training:
    """One fold of one labelling; rows index the samples of a layer, `[n_texts * n_samples]`.

    `targets` `[n_rows]` holds the targets of all samples, `beside` `[n_rows, n_others]` those that
    were asked for together with them (NaN: none). `seed` tells trainings apart by what
    they are, not by their order.
    """

    labelling_at: int
    fold: int
    seed: tuple[int, ...]
    targets: Targets
    texts: Fold
    inner_of_texts: NDArray[np.int8]
    n_samples: int
    inner_at: int | None = None
    beside: NDArray[np.float64] | None = None

    @property
    def train(self) -> Rows:
        """The rows to fit on."""
        return _sample_rows(self.texts.train, self.n_samples)

    @property
    def inner(self) -> NDArray[np.int8]:
        """The inner fold of each training row."""
        return np.repeat(self.inner_of_texts, self.n_samples)

    @property
    def scored(self) -> Rows:
        """The rows to score: the test part and some of the training part; inside, the test part."""
        texts = self.texts.test
        if self.inner_at is None:
            texts = np.sort(np.concatenate([texts, self.texts.seen]))
        return _sample_rows(texts, self.n_samples)

    @property
    def inner_trainings(self) -> list[Training]:
        """One for each inner fold: it is tested, and what is left of the training part fitted.

        None for a training part of one inner fold.
        """
        inner, train = self.inner_of_texts, self.texts.train
        numbers = np.unique(inner)
        nothing = np.zeros(0, dtype=np.int64)
        return [
            replace(
                self,
                texts=Fold(train[inner != number], nothing, train[inner == number]),
                inner_of_texts=inner[inner != number],
                inner_at=int(number),
            )
            for number in (numbers if len(numbers) > 1 else [])
        ]


def trainings(block: Block) -> list[Training]:
    """Every (labelling, fold) of the block; the samples of a text stay together, in order."""
    n_samples = block.features.shape[2]
    return [
        Training(
            labelling_at=labelling_at,
            fold=number,
            seed=(labelling.seed, labelling.permutation, number),
            targets=targets,
            texts=fold,
            inner_of_texts=labelling.inner_of(number),
            n_samples=n_samples,
            beside=beside,
        )
        for labelling_at, labelling in enumerate(block.labellings)
        for targets in [_sample_targets(labelling.targets, n_samples)]
        for beside in [_of_samples(labelling.beside, n_samples)]
        for number, fold in enumerate(labelling.folds)
    ]


def _sample_targets(targets: Targets, n_samples: int) -> Targets:
    return targets[np.repeat(np.arange(len(targets)), n_samples)]


def _of_samples(beside: NDArray[np.float64] | None, n_samples: int) -> NDArray[np.float64] | None:
    return None if beside is None else np.repeat(beside, n_samples, axis=0)


def _sample_rows(texts: Rows, n_samples: int) -> Rows:
    return (texts[:, None] * n_samples + np.arange(n_samples)).reshape(-1)


def training_sets(parts: Sequence[Training], device: torch.device) -> TrainingSets:
    """The trainings as tensors over all rows: targets, inner folds (-1 outside), rows to score."""
    inner = np.full((len(parts), len(parts[0].targets)), OUTSIDE, dtype=np.int8)
    for row, part in zip(inner, parts, strict=True):
        row[part.train] = part.inner
    targets, seen = np.stack([part.targets for part in parts]), inner != inner
    for row, part in zip(seen, parts, strict=True):
        row[part.scored] = True
    inner_of, scored = (torch.from_numpy(one).to(device) for one in (inner, seen))
    seen_of = scored & (inner_of != OUTSIDE)
    return TrainingSets(torch.from_numpy(targets).to(device), inner_of, seen=seen_of)


def scored_rows(part: Training, values: Tensor) -> Tensor:
    """The values `[n_rows, ...]` of the rows to score."""
    return values[torch.from_numpy(part.scored).to(values.device)]


def trained_rows(part: Training, values: Tensor) -> Tensor:
    """The values `[n_rows, ...]` of the training rows."""
    return values[torch.from_numpy(part.train).to(values.device)]
