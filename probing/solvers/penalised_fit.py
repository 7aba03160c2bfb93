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
from probing.solvers.strength_race import choose_strength
from probing.solvers.training_sets import TrainingSets

_WORKING_ARRAYS = 10
_TOLERANCE = 1e-15
_LOOSE = 1e-9  # above this the solution is reported as not converged


@dataclass(frozen=True)
class PenalisedFit:
    """The fits of a block of training sets.

    `logits` `[b, k, n]` are for all n rows, `weights` `[b, k, r + 1]` are in the coordinates of
    the basis, intercept last; `C`, `gradient` (largest entry, of the mean loss), `at_edge` and
    `converged` are `[b]`.
    """

    sets: slice
    logits: Tensor
    weights: Tensor
    C: Tensor
    gradient: Tensor
    at_edge: Tensor
    converged: Tensor


def fit_penalised(
    basis: Basis, loss: Loss, n_logits: int, sets: TrainingSets, strengths: Tensor
) -> Iterator[PenalisedFit]:
    """Fit each of `sets` by `C Σ loss + |w|²/2`, C the best of `strengths` `[m]` or the only one.

    The weights are those of features that each training set scales by itself.
    """
    for part in set_blocks(basis, sets, n_logits):
        block = sets.block(part)
        design = Design.of(basis, basis.penalty(block.masks))
        yield _fit_block(design, loss, block, strengths, part)


def set_blocks(basis: Basis, sets: TrainingSets, n_logits: int) -> Iterator[slice]:
    """Training sets whose inner folds can be solved together in memory."""
    n, r = basis.Z.shape
    solving = sets.n_inner * n_logits * (n + r) * 4 * _WORKING_ARRAYS
    form = 2 * r * r * 8 if basis.is_wide and basis.scaled else 0
    return blocks(len(sets), solving + form, basis.Z.device)


def _fit_block(
    design: Design, loss: Loss, sets: TrainingSets, strengths: Tensor, part: slice
) -> PenalisedFit:
    masks = sets.masks
    at_edge = torch.zeros(len(sets), dtype=torch.bool, device=masks.device)
    C, start, chosen_well = strengths[:1].expand(len(sets)), None, ~at_edge
    if len(strengths) > 1:
        choice = choose_strength(design, loss, sets, strengths)
        C, start, at_edge = strengths[choice.strength], choice.start, choice.at_edge
        chosen_well = choice.converged
    counts = masks.sum(1, keepdim=True).to(design.Z.dtype)
    subset = torch.arange(len(sets), device=masks.device)
    problems = Problems(sets.targets, masks / counts, 1 / (C * counts[:, 0]), subset)
    problems = problems.to(design.Z.dtype)
    found = minimise(design, loss, problems, start, tolerance=_TOLERANCE, max_iterations=2000)
    return PenalisedFit(
        sets=part,
        logits=design.logits(found.weights),
        weights=found.weights,
        C=C,
        gradient=found.gradient,
        at_edge=at_edge,
        converged=chosen_well & (found.converged | (found.gain <= _LOOSE)),
    )
