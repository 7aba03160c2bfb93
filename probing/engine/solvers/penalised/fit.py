"""Fit every training set of a layer: choose C inside it, then solve on all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.penalised.strength_choice import Choice, choose_strength
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import blocks, budget_bytes
from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.training_sets import TrainingSets

_WORKING_ARRAYS = 20
_NEARLY_ALL = 0.97  # of the rows: to leave out fewer does not pay
_TOGETHER = 2  # strengths that begin alike on the way to a tolerance
_NEAR = 1e-10  # the same, for decision values to four or five digits: thresholds need no more
_EXACT = 1e-15  # the relative gain at which decision values are exact to seven digits


@dataclass(frozen=True)
class PenalisedFit:
    """The fits of a block of t trainings, `trainings` among all of them, with one strength each.

    `logits` `[t, k, n]` are for all n rows; `C`, `gradient` (largest entry, of the mean loss),
    `at_edge` and `converged` are `[t]`. `strength_at` tells the fits of a path apart.
    `held_out` `[t, k, n]` are logits of the training rows, where they were asked for, each by a
    fit with the same strength that left its inner fold out.
    """

    trainings: slice
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
    for part in training_blocks(basis, sets, n_logits, sets.n_inner):
        block = sets.block(part)
        design = Design.of(basis, basis.penalty(block.distinct_masks))
        rows = _rows_needed(design, block)
        trained = design if rows is None else design.some(rows)
        own = block if rows is None else block.of_rows(rows)
        if len(strengths) > 1:
            choice = choose_strength(trained, loss, own, strengths)
        else:
            choice = Choice.given(len(block), strengths)
        C = strengths[choice.strength]
        begin = None if choice.start is None else choice.start.mean(1)
        found = solve(trained, loss, whole_trainings(own, C), begin, tolerance=_EXACT)
        fit = _fit(design, block, part, C, found)
        yield replace(
            fit,
            at_edge=choice.at_edge[:: sets.n_columns],
            converged=fit.converged & choice.converged.view(block.n_trainings, -1).all(1),
            held_out=_everywhere(
                _held_out(trained, loss, own, C, choice) if holds_out else None, rows, len(basis.X)
            ),
        )


def _rows_needed(design: Design, sets: TrainingSets) -> Tensor | None:
    """The numbers of the rows of a training that is solved alone; None where all are as good.

    Rows that it does not train on would be multiplied as well.
    """
    if sets.n_trainings > 1:
        return None
    rows = torch.nonzero(sets.masks[0]).squeeze(1)
    fits = len(rows) * design.width * 8 <= budget_bytes(design.device)
    return rows if fits and len(rows) < _NEARLY_ALL * design.n_rows else None


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
    found = solve(design, loss, problems, begin, tolerance=_NEAR, near=choice.near)
    logits = sets.held_out(design.logits(found.weights.to(design.dtype)))
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
    for part in training_blocks(basis, sets, n_logits, m):
        block = sets.block(part)
        design = Design.of(basis, basis.penalty(block.distinct_masks))
        # the strengths of a set stand together: problems of one subset must
        every = whole_trainings(block, strengths[:, None].expand(-1, len(block))).rows(
            torch.arange(m * len(block), device=strengths.device).view(m, -1).T.flatten()
        )
        if gradient:
            found = _tolerant(design, loss, every, strengths, gradient)
        else:
            found = solve(design, loss, every, tolerance=_EXACT)
        for at, C in enumerate(strengths):
            own = found.rows(torch.arange(at, len(every), m, device=strengths.device))
            fit = _fit(design, block, part, C.expand(len(block)), own)
            yield replace(fit, strength_at=at)


def _tolerant(
    design: Design, loss: Loss, problems: Problems, strengths: Tensor, gradient: float
) -> Solution:
    """In single precision, a few strengths at once, begun where a stronger penalty ended.

    A weak penalty alone would be met by weights that fit the training part and little else: the
    gradient of what can be separated is small far from the solution.
    """
    single, problems = design.to(torch.float32), problems.to(torch.float32)
    places = torch.arange(len(problems), device=strengths.device).view(-1, len(strengths))
    done = Solution.unsolved(cold_start(single, loss, problems))
    before: Tensor | None = None
    order = strengths.argsort()
    for at in range(0, len(order), _TOGETHER):
        own = places[:, order[at : at + _TOGETHER]]
        begin = done.weights[own if before is None else before.expand_as(own)].flatten(0, 1)
        found = minimise(single, loss, problems.rows(own.flatten()), begin, gradient=gradient)
        done.put(own.flatten(), found)
        before = own[:, -1:]
    return done


def training_blocks(
    basis: Basis, sets: TrainingSets, n_logits: int, n_each: int
) -> Iterator[slice]:
    """Trainings of which `n_each` problems for each set can be solved together in memory."""
    n, r = len(basis.X), len(basis.energy)
    n_problems = n_each * n_logits * sets.n_columns
    solving = n_problems * (n + r) * 4 * _WORKING_ARRAYS
    form = 2 * r * r * 8 if basis.is_wide and basis.scaled else 0
    return blocks(sets.n_trainings, solving + form, basis.device)


def _fit(
    design: Design, sets: TrainingSets, part: slice, C: Tensor, found: Solution
) -> PenalisedFit:
    by_training = (sets.n_trainings, sets.n_columns)
    logits = design.logits(found.weights.to(design.dtype))
    return PenalisedFit(
        trainings=part,
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
