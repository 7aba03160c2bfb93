"""Logits of solutions to four or five digits: in single precision, where its rounding allows."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.rows.design import Design

_MOST_ITERATIONS = 30  # after which double precision is as soon there


def near_logits(
    design: Design,
    loss: Loss,
    problems: Problems,
    start: Tensor | None,
    *,
    tolerance: float,
    near: bool,
) -> Tensor:
    """`[b, k, n]` of solutions whose gain left is within `tolerance`; the others as `solve` has it.

    `design` and `problems` are in double precision; `start` and `near` are what `solve` takes.
    """
    begin = cold_start(design, loss, problems) if start is None else start
    rough = design.to(torch.float32)
    found = minimise(
        rough,
        loss,
        problems.to(rough.dtype),
        begin,
        tolerance=tolerance,
        max_iterations=_MOST_ITERATIONS,
    )
    sound = found.converged & _keeps_digits(rough, found, tolerance)
    if bool(sound.all()):
        return rough.logits(found.weights).to(design.dtype)
    rest = torch.nonzero(~sound).squeeze(1)
    weights = found.weights.to(design.dtype)
    given = begin[rest].to(design.dtype)
    exact = solve(design, loss, problems.rows(rest), given, tolerance=tolerance, near=near)
    weights[rest] = exact.weights
    return design.logits(weights)


def _keeps_digits(rough: Design, found: Solution, tolerance: float) -> Tensor:
    """Whether the rounding of logits is below what they may be off by, `[b]`.

    Logits are off by about the root of a gain.
    """
    longest = rough.lengths().max().sqrt()
    length = torch.linalg.vector_norm(found.weights[..., :-1], dim=2).amax(1)
    rounding = torch.finfo(rough.dtype).eps * length * longest
    small: Tensor = rounding <= tolerance**0.5
    return small
