"""The order in which features enter a model as its L1 penalty falls."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.sparse.fit import designs
from probing.engine.solvers.sparse.orthant_lbfgs import Method, minimise_sparse
from probing.engine.solvers.sparse.problems import SparseDesign, cold_start, descent_at
from probing.engine.solvers.sparse.strength_choice import ElasticNetPenalty

_STEP = 1.25  # by how much the penalty falls from one model of the path to the next
_MOST_STEPS = 45  # to a 20,000th of the penalty at which the first feature enters
_ON_PATH = Method(1e-3, 60, newton=True)
_WORKING_ARRAYS = 40


def entry_penalties(
    X: Rows, loss: Loss, n_logits: int, sets: TrainingSets, k: int, *, scaled: bool
) -> Tensor:
    """For each training set and feature when it enters, `[g, d]`: larger is earlier.

    It is the penalty as a share of the one at which the first enters; among those that enter
    together the larger weight adds up to the step to the next. 0 for those that enter after the
    `k`-th or not at all.
    """
    found = torch.zeros(len(sets), X.shape[1], dtype=torch.float64, device=X.device)
    per_set = n_logits * _WORKING_ARRAYS * (X.shape[1] + 1 + len(X)) * 8
    for design, places in designs(X, sets, scaled=scaled):
        for part in blocks(len(places), per_set, X.device):
            own = sets.some(places[part])
            found[places[part]] = _of_block(design.of_subsets(part), loss, own, k)
    return found


def _of_block(design: SparseDesign, loss: Loss, sets: TrainingSets, k: int) -> Tensor:
    every = torch.arange(len(sets), device=design.X.device)
    penalty, ones = ElasticNetPenalty(1.0, summed=False), design.X.new_ones(len(sets))
    problems = penalty.problems(sets, sets.masks, every, ones)
    W = cold_start(design, loss, problems)
    slope = descent_at(design, loss, problems, W).gradient / design.units[every, None]
    largest = slope[..., :-1].abs().amax((1, 2))
    entered = design.X.new_zeros(len(sets), design.X.shape[1] - 1)
    for step in range(1, _MOST_STEPS + 1):
        share = _STEP**-step
        eased = replace(problems, l1=largest * share)
        W = minimise_sparse(design, loss, eased, W, _ON_PATH).weights
        size = (W * design.units[every, None])[..., :-1].abs().amax(1)
        fraction = size / size.amax(1, keepdim=True).clamp_min(1e-300)
        new = (size > 0) & (entered == 0)
        entered = torch.where(new, share * (1 + (_STEP - 1) * 0.99 * fraction), entered)
        if int((entered > 0).sum(1).min()) >= k:
            break
    return entered
