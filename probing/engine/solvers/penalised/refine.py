"""Refine single-precision solutions to double precision.

Once single precision has done what it can, the problems are posed anew about the point it
reached, where it only has to find small corrections: those it finds to as many digits. Iterative
refinement as in Wilkinson, Rounding Errors in Algebraic Processes (1963), with an optimiser for
the factorisation.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs import Search, go, minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, balanced, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.newton import newton, newton_pays
from probing.engine.solvers.penalised.newton_cg import newton_cg, serves
from probing.engine.solvers.penalised.places import PAST, Place
from probing.engine.solvers.rows.design import Design

_TRUSTED = 1e-5  # the relative gain to which single precision can be trusted
_SURE = 1e-12  # and to which its correction of a trusted solution can be
_CORRECTIONS = 4
_MOST = 2000
BRIEF = 60  # iterations in single precision after which each problem gets a Hessian of its own
_USUAL, _HARD = 150, 700  # iterations that problems take, and those that are left over at the end


def solve(
    design: Design,
    loss: Loss,
    problems: Problems,
    start: Tensor | None = None,
    *,
    tolerance: float,
    rough: Design | None = None,
    near: bool = False,
) -> Solution:
    """Solve until the gain left, in double precision, is within `tolerance`.

    `design` and `problems` are in double precision; `rough` is the design in single, where it is
    at hand. `start` `[b, k, r + 1]` are weights to begin with, None for the intercepts alone;
    where they are `near`, single precision can add nothing but corrections. What it does not bring
    on is solved in double. The `gradient` that comes back is known beyond a tolerance of 1e-12.
    """
    rough = rough or design.to(torch.float32)
    begin = cold_start(design, loss, problems) if start is None else start.to(design.dtype)
    begin = balanced(begin)  # rounding would add up to what no direction takes back
    if newton_pays(design, len(begin), begin.shape[1], _USUAL):
        done = newton(design, loss, problems, begin, tolerance=tolerance)
        return _finished(design, loss, problems, done, tolerance)
    single = problems.to(rough.dtype)
    if single.squares is None:
        single = replace(single, squares=rough.mean_squares(single.weights))
        problems = replace(problems, squares=single.to(design.dtype).squares)
    past = begin.new_zeros(len(begin), PAST, 3, *begin.shape[1:], dtype=rough.dtype)
    if near and tolerance < _TRUSTED:
        done = Solution.unsolved(begin)
    else:
        done, past = _in_single(rough, loss, single, begin, tolerance)
    if serves(design, begin.shape[1]):
        long = torch.nonzero(done.n_iterations >= BRIEF).squeeze(1)
        if len(long):
            own, given = problems.rows(long), done.weights[long]
            done.put(long, newton_cg(design, rough, loss, own, given, tolerance=tolerance))
    left = torch.nonzero(~done.converged).squeeze(1)
    for _ in range(_CORRECTIONS):
        if len(left):
            left = _corrected(design, rough, loss, problems, done, left, tolerance, past)
    return _finished(design, loss, problems, done, tolerance)


def _in_single(
    rough: Design, loss: Loss, problems: Problems, begin: Tensor, tolerance: float
) -> tuple[Solution, Tensor]:
    """What single precision finds, as doubles; where that is nothing, the weights to begin with.

    Beside it, the last steps that led there, as `Place` has them.
    """
    start = begin.to(rough.dtype)
    place = Place.of(rough, loss, problems, start)
    most = BRIEF if serves(rough, begin.shape[1]) else _MOST
    search = Search(rough, loss, problems, start, place)
    found = go(search, place, tolerance=max(tolerance, _TRUSTED), max_iterations=most)
    weights = balanced(found.weights.to(begin.dtype))
    sound = weights.isfinite().flatten(1).all(1)
    done = Solution.unsolved(torch.where(sound[:, None, None], weights, begin))
    done.n_iterations.copy_(found.n_iterations)
    if tolerance >= _TRUSTED:
        solved = torch.nonzero(found.converged).squeeze(1)
        done.put(solved, found.rows(solved))
    return done, _sound_past(place)


def _sound_past(place: Place) -> Tensor:
    """The last steps of problems, nothing of those with one that is no number."""
    sound = place.past.isfinite().flatten(1).all(1)
    return torch.where(sound[:, None, None, None, None], place.past, 0)


def _finished(
    design: Design, loss: Loss, problems: Problems, done: Solution, tolerance: float
) -> Solution:
    """What is not yet solved is, in double precision."""
    rest = torch.nonzero(~done.converged).squeeze(1)
    if len(rest) and newton_pays(design, len(rest), done.weights.shape[1], _HARD):
        own = problems.rows(rest)
        done.put(rest, newton(design, loss, own, done.weights[rest], tolerance=tolerance))
        rest = torch.nonzero(~done.converged).squeeze(1)
    if len(rest):
        own = problems.rows(rest)
        done.put(rest, minimise(design, loss, own, done.weights[rest], tolerance=tolerance))
    return done


def _corrected(
    design: Design,
    rough: Design,
    loss: Loss,
    problems: Problems,
    done: Solution,
    left: Tensor,
    tolerance: float,
    past: Tensor,
) -> Tensor:
    """Look at `left` in double precision and correct what is not solved; what was corrected."""
    before = done.gain[left]
    search = Search(design, loss, problems.rows(left), done.weights[left])
    gain = search.gain()
    done.gain[left], done.gradient[left] = gain, design.steepest(search.gradient)
    done.converged[left] = gain <= tolerance
    # a correction that did not bring a problem far will not do so again
    going = torch.nonzero((gain > tolerance) & ((before == 0) | (gain < 0.1 * before))).squeeze(1)
    left = left[going]
    if not len(left):
        return left
    own = problems.rows(left)
    change, targets = loss.about(search.logits[going], own.targets)
    about = Problems(
        targets,
        own.weights,
        own.l2,
        own.subset,
        slope=search.gradient[going],
        size=search.size[going],
        squares=own.squares,
    ).to(rough.dtype)
    nothing = torch.zeros_like(done.weights[left], dtype=rough.dtype)
    bend = search.curvature[going, :, -1:].to(rough.dtype)
    place = Place.of_change(nothing, search.logits[going].to(rough.dtype), bend, past[left])
    step = minimise(rough, change, about, nothing, tolerance=tolerance, place=place)
    past[left] = _sound_past(place)
    done.weights[left] += balanced(step.weights.to(done.weights.dtype)).nan_to_num(0, 0, 0)
    done.n_iterations[left] += step.n_iterations
    if tolerance < _SURE:
        return left
    # a small change is found to single precision's own digits: nothing is left to look at
    sure = step.converged & (gain[going] <= 10 * _TRUSTED)
    done.gain[left[sure]] = step.gain[sure].to(gain.dtype)
    done.converged[left[sure]] = True
    return left[~sure]
