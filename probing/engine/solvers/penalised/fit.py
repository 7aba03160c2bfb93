"""Fit every training set of a layer: choose C inside it, then solve on all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems, Solution
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.near_logits import near_logits
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.penalised.shared_rows import Batch, batches
from probing.engine.solvers.penalised.strength_choice import Choice, choose_strength
from probing.engine.solvers.penalised.strength_path import exact_path, tolerant_path
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.training_sets import TrainingSets

_NEAR = 1e-10  # for decision values to four or five digits: thresholds need no more
_EXACT = 1e-15  # the relative gain at which decision values are exact to seven digits


@dataclass(frozen=True)
class PenalisedFit:
    """The fits of t trainings, of the numbers `trainings` `[t]`, with one strength each.

    `logits` `[t, k, n]` are for all n rows; `C`, `gradient` (largest entry, of the mean loss),
    `at_edge` and `converged` are `[t]`. `strength_at` tells the fits of a path apart.
    `held_out` `[t, k, n]` are logits of the training rows, where they were asked for, each by a
    fit with the same strength that left its inner fold out.
    """

    trainings: Tensor
    logits: Tensor
    C: Tensor
    gradient: Tensor
    at_edge: Tensor
    converged: Tensor
    strength_at: int = 0
    held_out: Tensor | None = None


def fit_penalised(
    basis: Basis,
    loss: Loss,
    n_logits: int,
    sets: TrainingSets,
    strengths: Tensor,
    *,
    holds_out: bool = False,
) -> Iterator[PenalisedFit]:
    """Fit each of `sets` by `C Σ loss + |w|²/2`, C the best of `strengths` `[m]`.

    The weights are those of features that each training set scales by itself; `n_logits` is
    the number of logits of the loss. The columns of a training become its logits.
    """
    for batch in batches(basis, sets, n_logits, sets.n_inner):
        trained, own = batch.trained
        if len(strengths) > 1:
            choice = choose_strength(trained, loss, own, strengths)
        else:
            choice = Choice.given(len(own), strengths)
        C = strengths[choice.strength]
        begin = None if choice.start is None else choice.start.mean(1)
        found = solve(trained, loss, whole_trainings(own, C), begin, tolerance=_EXACT)
        fit = _fit(batch, C, found)
        held_out = _held_out(trained, loss, own, C, choice) if holds_out else None
        yield replace(
            fit,
            at_edge=choice.at_edge[:: sets.n_columns],
            converged=fit.converged & choice.converged.view(own.n_trainings, -1).all(1),
            held_out=_everywhere(held_out, batch.rows, len(basis.X)),
        )


def _everywhere(logits: Tensor | None, rows: Tensor | None, n: int) -> Tensor | None:
    """Logits `[t, k, m]` of some rows among those of all n, `[t, k, n]`: 0 elsewhere."""
    if logits is None or rows is None:
        return logits
    whole = logits.new_zeros(*logits.shape[:2], n)
    whole[..., rows] = logits
    return whole


def _held_out(
    design: Design, loss: Loss, sets: TrainingSets, C: Tensor, choice: Choice
) -> Tensor | None:
    """Logits `[t, k, n]` of the training rows; None where there is one inner fold."""
    if sets.n_inner < 2:
        return None
    inner = sets.inner_sets
    problems = whole_trainings(inner, C.repeat_interleave(sets.n_inner))
    subset = torch.arange(len(inner), device=C.device) // (sets.n_inner * sets.n_columns)
    problems = replace(problems, subset=subset)  # in the units of the whole training
    begin = None if choice.start is None else choice.start.flatten(0, 1)
    logits = near_logits(design, loss, problems, begin, tolerance=_NEAR, near=choice.near)
    logits = sets.held_out(logits)
    return logits.view(sets.n_trainings, -1, design.n_rows)


def fit_path(
    basis: Basis,
    loss: Loss,
    n_logits: int,
    sets: TrainingSets,
    strengths: Tensor,
    gradient: float = 0.0,
) -> Iterator[PenalisedFit]:
    """Fit each of `sets` with every one of `strengths` `[m]`, as `fit_penalised` does with one.

    All are solved together: exactly, or with a `gradient` in single precision until no entry of
    the gradient of the mean loss is larger, as scikit-learn's `tol`.
    """
    m = len(strengths)
    for batch in batches(basis, sets, n_logits, m):
        block, design = batch.sets, batch.design
        # the strengths of a set stand together: problems of one subset must
        every = whole_trainings(block, strengths[:, None].expand(-1, len(block))).rows(
            torch.arange(m * len(block), device=strengths.device).view(m, -1).T.flatten()
        )
        if gradient:
            found = tolerant_path(design, loss, every, strengths, gradient)
        else:
            found = exact_path(design, loss, every, strengths, _EXACT)
        for at, C in enumerate(strengths):
            own = found.rows(torch.arange(at, len(every), m, device=strengths.device))
            fit = _fit(batch, C.expand(len(block)), own)
            yield replace(fit, strength_at=at)


def _fit(batch: Batch, C: Tensor, found: Solution) -> PenalisedFit:
    sets, design = batch.sets, batch.design
    by_training = (sets.n_trainings, sets.n_columns)
    logits = design.logits(found.weights.to(design.dtype))
    return PenalisedFit(
        trainings=batch.numbers,
        logits=logits.view(sets.n_trainings, -1, design.n_rows),
        C=C[:: sets.n_columns],
        gradient=found.gradient.view(by_training).amax(1),
        at_edge=torch.zeros(sets.n_trainings, dtype=torch.bool, device=C.device),
        converged=found.solved.view(by_training).all(1),
    )


def whole_trainings(sets: TrainingSets, C: Tensor) -> Problems:
    """Every set on all of its training rows with the strengths `C` `[..., g]`, strength first."""
    masks = sets.masks
    counts = masks.sum(1, keepdim=True).to(C.dtype)
    subset = torch.arange(len(sets), device=masks.device) // sets.n_columns
    rows = torch.arange(len(sets), device=masks.device).expand(C.shape).flatten()
    weights = masks / counts
    return Problems(
        sets.targets[rows], weights[rows], 1 / (C.flatten() * counts[rows, 0]), subset[rows]
    ).to(C.dtype)
