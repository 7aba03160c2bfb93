"""Numeric targets that were asked for together, as columns of one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.classifiers.builtin.families.target_columns import in_units
from probing.engine.classifiers.builtin.families.training_parts import Training, training_sets
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.splits.types import Fold


def n_targets(part: Training) -> int:
    """How many targets are fitted together, the training's own among them."""
    return 1 if part.beside is None else 1 + part.beside.shape[1]


def complete(part: Training) -> Training:
    """The training without those of its rows that lack a target."""
    if part.beside is None:
        return part
    texts = part.texts
    kept = ~np.isnan(part.beside[:: part.n_samples][texts.train]).any(axis=1)
    if kept.all():
        return part
    own = Fold(texts.train[kept], texts.val, texts.test)
    return replace(part, texts=own, inner_of_texts=part.inner_of_texts[kept])


def joint_columns(parts: Sequence[Training], device: torch.device) -> tuple[TrainingSets, Tensor]:
    """The targets of trainings as deviations from the training mean in training deviations.

    The columns of a training follow one another, its own target first; rows that lack a target
    are 0, and stand in no training part that is `complete`. Also gives the mean and deviation of
    every column, `[n_trainings * n_columns, 2]`. The trainings have as many columns each.
    """
    columns = np.stack([column for part in parts for column in _columns(part)])
    sets = training_sets(parts, device).in_columns(
        torch.from_numpy(columns).to(device), n_targets(parts[0])
    )
    scaled, units = in_units(replace(sets, n_columns=1))  # each column has units of its own
    numbers = scaled.targets.nan_to_num(0.0, 0.0, 0.0)
    return replace(scaled, targets=numbers, n_columns=sets.n_columns), units


def _columns(part: Training) -> list[NDArray[np.float64]]:
    own = part.targets.astype(np.float64)
    return [own] if part.beside is None else [own, *part.beside.T]
