"""Solve problems with every one of several strengths, each begun where stronger penalties ended."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised import line_search
from probing.engine.solvers.penalised.lbfgs import Search, minimise
from probing.engine.solvers.penalised.lbfgs_memory import dot
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.newton_cg import newton_cg, serves
from probing.engine.solvers.penalised.refine import BRIEF, solve
from probing.engine.solvers.rows.design import Design

_TOGETHER = 2  # strengths that begin alike on the way to a tolerance


def exact_path(
    design: Design, loss: Loss, problems: Problems, strengths: Tensor, tolerance: float
) -> Solution:
    """Until the gain left is within `tolerance`; the strengths of a problem stand together.

    Once a strength takes long, each problem has a Hessian of its own, and begins where the way
    from one strength to the next leads on.
    """
    begin = cold_start(design, loss, problems)
    if not serves(design, begin.shape[1]):
        return solve(design, loss, problems, tolerance=tolerance)
    rough = design.to(torch.float32)
    squares = rough.mean_squares(problems.weights[:: len(strengths)].to(rough.dtype))
    squares = squares.to(design.dtype).repeat_interleave(len(strengths), 0)
    problems = replace(problems, squares=squares)
    places = torch.arange(len(problems), device=strengths.device).view(-1, len(strengths))
    done, known, long = Solution.unsolved(begin), list[Tensor](), False
    for at in strengths.argsort().tolist():
        own = problems.rows(places[:, at])
        start = _continued(design, loss, own, known) if known else begin[places[:, at]]
        if long:
            found = newton_cg(design, rough, loss, own, start, tolerance=tolerance)
            rest = torch.nonzero(~found.converged).squeeze(1)
            if len(rest):
                given = design, loss, own.rows(rest), found.weights[rest]
                found.put(rest, solve(*given, tolerance=tolerance, rough=rough))
        else:
            found = solve(design, loss, own, start, tolerance=tolerance, rough=rough)
            long = bool(2 * (found.n_iterations >= BRIEF).sum() > len(own))
        done.put(places[:, at], found)
        known = [*known[-1:], found.weights]
    return done


def _continued(design: Design, loss: Loss, problems: Problems, known: list[Tensor]) -> Tensor:
    """Weights to begin with: the last that are known, moved on as they moved before."""
    last = known[-1]
    if len(known) < 2:
        return last
    search, direction = Search(design, loss, problems, last), last - known[0]
    movement, pressure = design.logits(direction), search.pressure_of(direction)
    point = line_search.search(search.line(direction, movement, pressure))
    downhill = dot(search.gradient, direction) < 0
    t = torch.where(downhill, point.t, 0.0)
    return torch.addcmul(last, direction, t[:, None, None])


def tolerant_path(
    design: Design, loss: Loss, problems: Problems, strengths: Tensor, gradient: float
) -> Solution:
    """In single precision, a few strengths at once, until no slope is above `gradient`.

    A weak penalty alone would be met by weights that fit the training part and little else: the
    gradient of what can be separated is small far from the solution.
    """
    single = design.to(torch.float32)
    squares = design.mean_squares(problems.weights[:: len(strengths)])
    squares = squares.repeat_interleave(len(strengths), 0)
    problems = replace(problems, squares=squares).to(torch.float32)
    places = torch.arange(len(problems), device=strengths.device).view(-1, len(strengths))
    done = Solution.unsolved(cold_start(single, loss, problems))
    known = list[Tensor]()
    order = strengths.argsort()
    for at in range(0, len(order), _TOGETHER):
        own = places[:, order[at : at + _TOGETHER]]
        some = problems.rows(own.flatten())
        begin = done.weights[own.flatten()]
        if known:
            given = [one.repeat_interleave(own.shape[1], 0) for one in known]
            begin = _continued(single, loss, some, given)
        found = minimise(single, loss, some, begin, gradient=gradient)
        done.put(own.flatten(), found)
        for one in own.T:
            known = [*known[-1:], done.weights[one]]
    return done
