"""Fit every training set of a layer: choose its strength inside, then solve on the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.solvers.basis import Basis
from probing.solvers.linear_models import Design, Problems, minimise
from probing.solvers.losses import Loss
from probing.solvers.memory import blocks
from probing.solvers.strength_race import Choice, choose_strength
from probing.solvers.training_sets import TrainingSets

_WORKING_ARRAYS = 10
_TOLERANCE = 1e-15


@dataclass(frozen=True)
class PenalisedFit:
    """The fits of a block of t trainings, `trainings` among all of them.

    `logits` `[t, k, n]` are for all n rows; `C`, `gradient` (largest entry, of the mean loss),
    `at_edge` and `converged` are `[t]`.
    """

    trainings: slice
    logits: Tensor
    C: Tensor
    gradient: Tensor
    at_edge: Tensor
    converged: Tensor


def fit_penalised(
    basis: Basis, loss: Loss, n_logits: int, sets: TrainingSets, strengths: Tensor
) -> Iterator[PenalisedFit]:
    """Fit each of `sets` by `C Σ loss + |w|²/2`, C the best of `strengths` `[m]` or the only one.

    The weights are those of features that each training set scales by itself; `n_logits` is
    the number of logits of the loss. The columns of a training become its logits.
    """
    for part in training_blocks(basis, sets, n_logits):
        block = sets.block(part)
        design = Design.of(basis, basis.penalty(block.distinct_masks))
        yield _fit_block(design, loss, block, strengths, part)


def training_blocks(basis: Basis, sets: TrainingSets, n_logits: int) -> Iterator[slice]:
    """Trainings whose inner folds can be solved together in memory."""
    n, r = basis.Z.shape
    n_problems = sets.n_inner * n_logits * sets.n_columns
    solving = n_problems * (n + r) * 4 * _WORKING_ARRAYS
    form = 2 * r * r * 8 if basis.is_wide and basis.scaled else 0
    return blocks(sets.n_trainings, solving + form, basis.Z.device)


def _fit_block(
    design: Design, loss: Loss, sets: TrainingSets, strengths: Tensor, part: slice
) -> PenalisedFit:
    choice = _choose(design, loss, sets, strengths)
    C = strengths[choice.strength]
    problems = whole_trainings(sets, C)
    found = minimise(design, loss, problems, choice.start, tolerance=_TOLERANCE)
    solved = choice.converged & found.solved
    by_training = (sets.n_trainings, sets.n_columns)
    return PenalisedFit(
        trainings=part,
        logits=design.logits(found.weights).view(sets.n_trainings, -1, len(design.Z)),
        C=C[:: sets.n_columns],
        gradient=found.gradient.view(by_training).amax(1),
        at_edge=choice.at_edge[:: sets.n_columns],
        converged=solved.view(by_training).all(1),
    )


def _choose(design: Design, loss: Loss, sets: TrainingSets, strengths: Tensor) -> Choice:
    if len(strengths) > 1:
        return choose_strength(design, loss, sets, strengths)
    first = torch.zeros(len(sets), dtype=torch.int64, device=strengths.device)
    return Choice(first, None, first > 0, first == 0)


def whole_trainings(sets: TrainingSets, C: Tensor) -> Problems:
    """Every set on all of its training rows with the strength `C` `[g]`."""
    masks = sets.masks
    counts = masks.sum(1, keepdim=True).to(C.dtype)
    subset = torch.arange(len(sets), device=masks.device) // sets.n_columns
    return Problems(sets.targets, masks / counts, 1 / (C * counts[:, 0]), subset).to(C.dtype)
