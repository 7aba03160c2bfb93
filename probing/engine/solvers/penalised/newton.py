"""Newton's method on many small problems at once: few steps, each costly in the width."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised import line_search
from probing.engine.solvers.penalised.curvature_factors import hessian_work, iteration_work
from probing.engine.solvers.penalised.lbfgs import Search
from probing.engine.solvers.penalised.linear_models import Problems, Solution
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.cholesky import cholesky, solve_with
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import blocks

_MOST_STEPS = 25
_USUAL_STEPS = 8


def newton_pays(design: Design, n_problems: int, n_logits: int, n_iterations: int) -> bool:
    """Whether a few steps with a Hessian cost less than `n_iterations` without one."""
    steps = n_problems * _USUAL_STEPS * hessian_work(design, n_logits)
    return steps <= n_iterations * iteration_work(design, n_problems, n_logits)


def newton(
    design: Design, loss: Loss, problems: Problems, start: Tensor, *, tolerance: float
) -> Solution:
    """Solve from the weights `start` `[b, k, r + 1]`, all in the precision of `design`.

    Problems whose Hessian is not positive, or that take many steps, come back unconverged.
    """
    done = Solution.unsolved(start)
    n, width = design.n_rows, design.width
    forms = _forms(design, problems)
    size = start.shape[1] * width
    for part in blocks(len(start), 8 * (n * size + 4 * size**2), start.device):
        at = torch.arange(part.start, part.stop, device=start.device)
        for step in range(_MOST_STEPS):
            own = problems.rows(at)
            search = Search(design, loss, own, done.weights[at])
            direction, gain, failed = _direction(loss, search, forms)
            done.gain[at], done.gradient[at] = gain, design.steepest(search.gradient)
            done.converged[at] = gain <= tolerance
            done.n_iterations[at] = step
            going = torch.nonzero((gain > tolerance) & ~failed).squeeze(1)
            if not len(going):
                break
            moved = _moved(search, direction)
            done.weights[at[going]] = moved[going]
            at = at[going]
    return done


def _forms(design: Design, problems: Problems) -> Tensor:
    """The penalty form of every subset, `[n_subsets, r, r]`."""
    n_subsets = int(problems.subset.max()) + 1
    unit = torch.eye(design.width - 1, dtype=design.dtype, device=design.device)
    subsets = torch.arange(n_subsets, device=design.device)
    return design.penalty.times(unit.expand(n_subsets, -1, -1), subsets)


def _direction(loss: Loss, search: Search, forms: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The Newton step, what it gains relative to the objective, and where there is none."""
    b, k, width = search.W.shape
    factors, failed = cholesky(_hessian(loss, search, forms))
    slope = search.gradient.flatten(1)
    step = solve_with(factors, -slope.unsqueeze(2)).squeeze(2)
    gain = -(slope * step).sum(1) / search.size
    return step.view(b, k, width), gain, failed | ~gain.isfinite()


def _hessian(loss: Loss, search: Search, forms: Tensor) -> Tensor:
    """`[b, k (r + 1), k (r + 1)]`."""
    problems, design = search.problems, search.design
    (b, k, width), r = search.W.shape, search.W.shape[2] - 1
    response = loss.response(search.logits, problems.targets)
    hessian = search.W.new_empty(b, k, width, k, width)
    for one in range(k):
        for other in range(one + 1):
            bend = loss.mixed(response, problems.targets, one, other) * problems.weights
            block = design.bent(bend)
            hessian[:, one, :, other], hessian[:, other, :, one] = block, block
        penalty = forms[problems.subset] * problems.l2[:, None, None]
        hessian[:, one, :r, one, :r] += penalty
    if k > 1:  # intercepts that all move together change nothing
        level = hessian[:, :, r, :, r].diagonal(dim1=1, dim2=2).mean(1)
        hessian[:, :, r, :, r] += level[:, None, None] / k
    return hessian.view(b, k * width, k * width)


def _moved(search: Search, direction: Tensor) -> Tensor:
    """The weights after a step of the length that the line asks for."""
    movement, pressure = search.design.logits(direction), search.pressure_of(direction)
    point = line_search.search(search.line(direction, movement, pressure))
    return torch.addcmul(search.W, direction, point.t[:, None, None])
