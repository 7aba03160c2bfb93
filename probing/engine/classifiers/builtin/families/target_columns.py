"""Turn targets into columns of numbers, for classifiers that regress."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer
from probing.engine.solvers.rows.training_sets import TrainingSets


def plain_units(sets: TrainingSets) -> Tensor:
    """No shift and no scale, `[n_trainings, 2]`."""
    units = torch.tensor([0.0, 1.0], dtype=torch.float64, device=sets.inner.device)
    return units.repeat(sets.n_trainings, 1)


def in_units(sets: TrainingSets) -> tuple[TrainingSets, Tensor]:
    """Numbers as deviations from the training mean in units of the training deviation.

    Also gives that mean and deviation, `[n_trainings, 2]`, to turn scores back.
    """
    units = plain_units(sets)
    for row, (targets, mask) in enumerate(zip(sets.targets, sets.masks, strict=True)):
        own = targets[mask].to(torch.float64)
        units[row, 0], units[row, 1] = own.mean(), own.std(correction=0)
    return replace(sets, targets=(sets.targets - units[:, :1]) / units[:, 1:]), units


def number_columns(sets: TrainingSets, layer: Layer) -> tuple[TrainingSets, Tensor]:
    """Numbers in their units; classes as -1 and 1, for more than two each against the rest."""
    if layer.task == "regression":
        return in_units(sets)
    return sets.against_rest(layer.n_classes), plain_units(sets)
