"""Solve linear models with an L1 penalty to double precision.

L-BFGS in single precision finds most of the support, Newton's method the rest. What that does not
solve is followed from the penalty at which all weights are zero, in steps short enough for
Newton's method: slower, and sure also where there are more features than rows and next to no
penalty.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.sparse.orthant_lbfgs import Method, SparseSolution, minimise_sparse
from probing.engine.solvers.sparse.problems import (
    SparseDesign,
    SparseProblems,
    cold_start,
    descent_at,
)

SOLVED = 1e-6  # the violation up to which a problem counts as solved
ROUGH = Method(1e-3, 600)
_NEWTON = Method(1e-9, 40, newton=True)
_ON_PATH = Method(1e-3, 40, newton=True)
_LAST = Method(1e-9, 2000)
_NEAR = 0.1  # the violation up to which a rough solution is worth going on from
_STEP = 3.0  # by how much the penalty falls from one step of the path to the next


def solve_sparse(
    design: SparseDesign, loss: Loss, problems: SparseProblems, start: Tensor | None
) -> SparseSolution:
    """Solve from `start` `[b, k, d + 1]`, or from the intercepts alone; design in float64."""
    single = design.to(torch.float32)
    begun = minimise_sparse(single, loss, problems.to(torch.float32), start, ROUGH)
    return finish(design, loss, problems, begun)


def finish(
    design: SparseDesign, loss: Loss, problems: SparseProblems, begun: SparseSolution
) -> SparseSolution:
    """Solve in float64 what has been solved roughly; what has not been is begun anew."""
    found = SparseSolution(begun.weights.to(problems.l1.dtype), begun.violation.to(problems.l1))
    near = torch.nonzero(found.violation <= _NEAR).squeeze(1)
    found.violation.fill_(torch.inf)
    if len(near):
        _replace(found, near, _go_on(design, loss, problems, found, near, _NEWTON))
    rest = _unsolved(found)
    if len(rest):
        _replace(found, rest, _follow(design, loss, problems.rows(rest)))
    rest = _unsolved(found)
    if len(rest):
        _replace(found, rest, _go_on(design, loss, problems, found, rest, _LAST))
    return found


def _go_on(
    design: SparseDesign,
    loss: Loss,
    problems: SparseProblems,
    found: SparseSolution,
    rows: Tensor,
    method: Method,
) -> SparseSolution:
    return minimise_sparse(design, loss, problems.rows(rows), found.weights[rows], method)


def _unsolved(found: SparseSolution) -> Tensor:
    return torch.nonzero(found.violation > SOLVED).squeeze(1)


def _replace(found: SparseSolution, rows: Tensor, other: SparseSolution) -> None:
    """Take what another solution of some of the problems has done better."""
    better = other.violation < found.violation[rows]
    found.weights[rows[better]] = other.weights[better]
    found.violation[rows[better]] = other.violation[better]


def _follow(design: SparseDesign, loss: Loss, problems: SparseProblems) -> SparseSolution:
    """Solutions along the path of penalties that end at those of `problems`."""
    W = cold_start(design, loss, problems)
    slope = descent_at(design, loss, problems, W).gradient / design.units[problems.subset, None]
    times = (slope[..., :-1].abs().amax((1, 2)) / problems.l1).clamp_min(1)
    n_steps = max(1, math.ceil(math.log(float(times.max()), _STEP)))
    for step in range(1, n_steps):
        more = times ** (1 - step / n_steps)
        eased = replace(problems, l1=problems.l1 * more, l2=problems.l2 * more)
        W = minimise_sparse(design, loss, eased, W, _ON_PATH).weights
    return minimise_sparse(design, loss, problems, W, _NEWTON)
