"""Fit every training set of a layer with an L1 or elastic net penalty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.strength_choice import Choice
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.scaling import Moments, standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.sparse.exact_solve import SOLVED, solve_sparse
from probing.engine.solvers.sparse.problems import SparseDesign, descent_at
from probing.engine.solvers.sparse.strength_choice import ElasticNetPenalty, choose_sparse_strength

_FAR = 4.0  # deviations, or times the deviation of all rows
_WORKING_ARRAYS = 40  # of one problem's size in single precision: L-BFGS remembers 24


@dataclass(frozen=True)
class SparseFit:
    """The fits of a block of t trainings, whose places among all are `trainings`.

    `logits` `[t, k, n]` are for all n rows. `strength`, `violation` (of the optimality
    conditions, as in `Descent`), `at_edge` and `converged` are `[t]`, `is_used` `[t, d]` are the
    features with a weight that is not zero. `held_out` `[t, k, n]` are logits of the training rows,
    where they were asked for, each by a fit that left its inner fold out.
    """

    trainings: list[int]
    logits: Tensor
    strength: Tensor
    violation: Tensor
    is_used: Tensor
    at_edge: Tensor
    converged: Tensor
    held_out: Tensor | None = None


def fit_sparse(
    features: Rows,
    loss: Loss,
    n_logits: int,
    sets: TrainingSets,
    penalty: ElasticNetPenalty,
    strengths: Tensor,
    *,
    scaled: bool,
    holds_out: bool = False,
) -> Iterator[SparseFit]:
    """Fit each of `sets` on `features` `[n, d]` with the best, or the only one, of `strengths`.

    Where `scaled`, the penalty is on the weights of features that each training set
    standardises by its own rows.
    """
    width = features.shape[1] + 1
    per_problem = n_logits * (_WORKING_ARRAYS + len(strengths)) * (width + len(features)) * 4
    for design, places in designs(features, sets, scaled=scaled):
        for part in blocks(len(places), sets.n_inner * per_problem, features.device):
            own = sets.some(places[part])
            yield _fit_block(
                design.of_subsets(part), loss, own, penalty, strengths, places[part], holds_out
            )


def designs(
    features: Rows, sets: TrainingSets, *, scaled: bool
) -> Iterator[tuple[SparseDesign, list[int]]]:
    """Coordinates, and the places of the training sets that are solved in them: most share one.

    A set whose own rows are far from the centre of all, or as small beside them as rows far out
    make them, has its own: no row that it leaves out has a say in its digits.
    """
    rows = standardised(features, scaled=scaled)
    moments = subset_moments(rows, sets.masks)
    is_apart = _is_apart(moments, scaled=scaled)
    shared = (~is_apart).nonzero().flatten()
    if len(shared):
        deviations = moments.deviation[shared] if scaled else None
        yield SparseDesign.of(rows, deviations, len(shared)), shared.tolist()
    for at in is_apart.nonzero().flatten().tolist():
        unit = moments.deviation[at] if scaled else None
        own = rows.about(moments.mean[at], unit)
        yield SparseDesign.of(own, None if unit is None else torch.ones_like(unit)[None]), [at]


def _is_apart(moments: Moments, *, scaled: bool) -> Tensor:
    """Whether the rows of a set lie elsewhere than all rows do, `[g]`."""
    shifted = (moments.mean.abs() > _FAR * moments.deviation).any(1)
    if not scaled:
        return shifted
    size = moments.deviation.log().abs()
    return shifted | (size > math.log(_FAR)).any(1)


def _fit_block(
    design: SparseDesign,
    loss: Loss,
    sets: TrainingSets,
    penalty: ElasticNetPenalty,
    strengths: Tensor,
    places: list[int],
    holds_out: bool,
) -> SparseFit:
    choice = _choice(design, loss, sets, penalty, strengths)
    every = torch.arange(len(sets), device=strengths.device)
    problems = penalty.problems(sets, sets.masks, every, strengths[choice.strength])
    begin = None if choice.start is None else choice.start.mean(1)
    found = solve_sparse(design, loss, problems, begin)
    violation = descent_at(design, loss, problems, found.weights).violation
    held_out = None
    if holds_out:
        chosen = strengths[choice.strength]
        held_out = _held_out(design, loss, sets, penalty, chosen, choice.start)
    return SparseFit(
        trainings=places,
        logits=design.logits(found.weights),
        strength=strengths[choice.strength],
        violation=violation,
        is_used=(found.weights[..., :-1] != 0).any(1),
        at_edge=choice.at_edge,
        converged=choice.converged & (violation <= SOLVED),
        held_out=held_out,
    )


def _held_out(
    design: SparseDesign,
    loss: Loss,
    sets: TrainingSets,
    penalty: ElasticNetPenalty,
    strengths: Tensor,
    start: Tensor | None,
) -> Tensor | None:
    """Logits `[t, k, n]` of the training rows; None where there is one inner fold."""
    if sets.n_inner < 2:
        return None
    inner = sets.inner_sets
    of_set = torch.arange(len(inner), device=strengths.device) // sets.n_inner
    problems = penalty.problems(sets, inner.masks, of_set, strengths[of_set])
    begin = None if start is None else start.flatten(0, 1)
    found = solve_sparse(design, loss, problems, begin)
    return sets.held_out(design.logits(found.weights))


def _choice(
    design: SparseDesign,
    loss: Loss,
    sets: TrainingSets,
    penalty: ElasticNetPenalty,
    strengths: Tensor,
) -> Choice:
    if len(strengths) > 1:
        return choose_sparse_strength(design, loss, sets, penalty, strengths)
    return Choice.given(len(sets), strengths)
