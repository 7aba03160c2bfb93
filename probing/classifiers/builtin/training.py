"""The trainings of a block: one for every labelling and fold, in rows of flattened samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.blocks import Block
from probing.solvers.training_sets import OUTSIDE, TrainingSets
from probing.splits.types import Fold, Labelling

Rows = NDArray[np.int64]
Targets = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Training:
    """One fold of one labelling; rows index the samples of a layer, `[n_texts * n_samples]`.

    `targets` `[n_rows]` holds the targets of all samples, `inner` the inner fold of each
    training row. `seed` tells trainings apart by what they are, not by their order.
    """

    labelling_at: int
    fold: int
    seed: tuple[int, ...]
    targets: Targets
    train: Rows
    inner: Rows
    val: Rows
    test: Rows

    @property
    def scored(self) -> Rows:
        """Validation rows, then test rows."""
        return np.concatenate([self.val, self.test])


def trainings(block: Block) -> list[Training]:
    """Every (labelling, fold) of the block; the samples of a text stay together, in order."""
    n_samples = block.features.shape[2]
    return [
        _training(labelling_at, number, labelling, fold, targets, n_samples)
        for labelling_at, labelling in enumerate(block.labellings)
        for targets in [_repeated(labelling.targets, n_samples)]
        for number, fold in enumerate(labelling.folds)
    ]


def _training(
    labelling_at: int,
    number: int,
    labelling: Labelling,
    fold: Fold,
    targets: Targets,
    n_samples: int,
) -> Training:
    return Training(
        labelling_at=labelling_at,
        fold=number,
        seed=(labelling.seed, labelling.permutation, number),
        targets=targets,
        train=_sample_rows(fold.train, n_samples),
        inner=_repeated(labelling.inner[number], n_samples),
        val=_sample_rows(fold.val, n_samples),
        test=_sample_rows(fold.test, n_samples),
    )


def _repeated(values: Any, n_samples: int) -> Any:
    return values if n_samples == 1 else np.repeat(values, n_samples)


def _sample_rows(texts: Rows, n_samples: int) -> Rows:
    if n_samples == 1:
        return texts
    return (texts[:, None] * n_samples + np.arange(n_samples)).reshape(-1)


def training_sets(parts: Sequence[Training], device: torch.device) -> TrainingSets:
    """The trainings as tensors over all rows: targets, and inner folds (-1 outside)."""
    inner = np.full((len(parts), len(parts[0].targets)), OUTSIDE, dtype=np.int16)
    for row, part in zip(inner, parts, strict=True):
        row[part.train] = part.inner
    targets = np.stack([part.targets for part in parts])
    return TrainingSets(torch.from_numpy(targets).to(device), torch.from_numpy(inner).to(device))


def scored_rows(part: Training, values: Tensor) -> Tensor:
    """The values `[n_rows, ...]` of the validation rows and then the test rows."""
    return values[torch.from_numpy(part.scored).to(values.device)]
