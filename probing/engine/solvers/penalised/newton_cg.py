"""Newton's method by conjugate gradients, each problem with a factor of its own Hessian.

What takes hundreds of iterations otherwise: classes that only just part, with hardly a penalty.
Slopes and steps are in double precision, the systems between them in single: Dembo, Eisenstat and
Steihaug, Inexact Newton methods, SIAM Journal on Numerical Analysis 19 (1982). A factor is kept for
as long as systems are soon solved with it, since it takes as long as a hundred iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised import line_search
from probing.engine.solvers.penalised.lbfgs import Search
from probing.engine.solvers.penalised.lbfgs_memory import dot
from probing.engine.solvers.penalised.linear_models import Problems, Solution
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.cholesky import cholesky, solve_with
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.gram import gram
from probing.engine.solvers.rows.memory_budget import blocks, budget_bytes

_MOST_STEPS = 60
_MOST_ITERATIONS = 60  # of a system
_SLOW = 8  # iterations of a system after which its factor is made anew
_ROUGH, _FINE = 0.1, 1e-4  # to what share of it a system is solved, far from the end and near it
_LEAVE_AT = 0.2  # share of solved systems at which the batch is made smaller
_IDLE = 1e-6  # of the largest curvature: rows that hardly bend count for nothing in a factor
_FEWEST_COLUMNS = 64  # below, whole Newton steps take less


def serves(design: Design, n_logits: int) -> bool:
    """Whether problems over a design can be solved that way."""
    n, width = design.n_rows, design.width
    fits = 4 * width * (2 * n + 3 * width) <= budget_bytes(design.device)
    return design.device.type == "cpu" and n_logits == 1 and width > _FEWEST_COLUMNS and fits


def newton_cg(
    design: Design,
    rough: Design,
    loss: Loss,
    problems: Problems,
    start: Tensor,
    *,
    tolerance: float,
) -> Solution:
    """Solve problems of one logit from the weights `start` `[b, 1, r + 1]`.

    `rough` is the design in single precision. What does not get there comes back unconverged.
    """
    done = Solution.unsolved(start)
    n, width = design.n_rows, design.width
    for part in blocks(len(start), 8 * (8 * n + 4 * width) + 4 * width**2, start.device):
        at = torch.arange(part.start, part.stop, device=start.device)
        _Run(design, rough, loss, problems, done, at).go(tolerance)
    return done


class _Run:
    """The problems `at` that are under way, and the factors that they have."""

    def __init__(
        self,
        design: Design,
        rough: Design,
        loss: Loss,
        problems: Problems,
        done: Solution,
        at: Tensor,
    ) -> None:
        self.design, self.rough, self.loss = design, rough, loss
        self.problems, self.done, self.at = problems, done, at
        self.factors: list[Tensor | None] = [None] * len(at)
        self.slow = torch.ones_like(at, dtype=torch.bool)
        self.forcing = torch.full_like(problems.l2[at], _ROUGH)

    def go(self, tolerance: float) -> None:
        """Step until every problem is solved, or does not get on."""
        for _ in range(_MOST_STEPS):
            own = self.problems.rows(self.at)
            search = Search(self.design, self.loss, own, self.done.weights[self.at])
            direction, n_iterations = self._direction(own, search)
            self.slow = n_iterations > _SLOW
            gain = -dot(search.gradient, direction) / search.size
            self.forcing = (_ROUGH * gain.clamp_min(0).sqrt()).clamp(_FINE, _ROUGH)
            self._note(search, gain, gain.abs() <= tolerance, n_iterations)
            going = torch.nonzero((gain > tolerance) & gain.isfinite()).squeeze(1)
            if len(going):
                going = self._move(search, direction, going)
            if not len(going):
                return

    def _note(self, search: Search, gain: Tensor, solved: Tensor, n_iterations: Tensor) -> None:
        done, at = self.done, self.at
        done.gain[at], done.gradient[at] = gain, self.design.steepest(search.gradient)
        done.converged[at] = solved
        done.n_iterations[at] += n_iterations

    def _move(self, search: Search, direction: Tensor, going: Tensor) -> Tensor:
        """Go along the directions, and on with those of `going` that got anywhere: these."""
        movement, pressure = self.design.logits(direction), search.pressure_of(direction)
        point = line_search.search(search.line(direction, movement, pressure))
        moved = torch.addcmul(search.W, direction, point.t[:, None, None])
        going = going[(point.t[going] > 0)]
        self.at, self.slow = self.at[going], self.slow[going]
        self.forcing = self.forcing[going]
        self.factors = [self.factors[number] for number in going.tolist()]
        self.done.weights[self.at] = moved[going]
        return going

    def _direction(self, own: Problems, search: Search) -> tuple[Tensor, Tensor]:
        """The Newton step `[b, 1, r + 1]`, as far as the forcing asks; iterations it took `[b]`."""
        response = self.loss.response(search.logits, own.targets)
        bends = self.loss.diagonal(response, own.targets) * own.weights.unsqueeze(1)
        bends, l2 = bends.to(self.rough.dtype), own.l2.to(self.rough.dtype)
        for number in torch.nonzero(self.slow).squeeze(1).tolist():
            self.factors[number] = _factor(self.rough, bends[number, 0], float(l2[number]))
        system = _System(self.rough, bends, l2, own.subset, self.factors)
        scale = search.gradient.abs().amax((1, 2), keepdim=True)
        scale = scale.clamp_min(torch.finfo(scale.dtype).tiny)
        right = -(search.gradient / scale).to(self.rough.dtype)
        found, n_iterations = system.solve(right, self.forcing.to(right.dtype))
        return found.to(scale.dtype) * scale, n_iterations


def _factor(design: Design, bend: Tensor, l2: float) -> Tensor | None:
    """The factor of a Hessian `[r + 1, r + 1]`, with a plain penalty; None where it has none."""
    rows = torch.nonzero(bend > _IDLE * bend.max()).squeeze(1)
    hessian = gram(design.at(rows), bend[rows])
    hessian.diagonal()[:-1].add_(l2)
    factors, failed = cholesky(hessian[None])
    sound = not bool(failed) and bool(factors.diagonal(dim1=1, dim2=2).isfinite().all())
    return factors[0] if sound else None


@dataclass(frozen=True)
class _System:
    """Hessians of b problems: `bends` `[b, 1, n]`, penalties `l2` and subsets `[b]`, factors."""

    design: Design
    bends: Tensor
    l2: Tensor
    subset: Tensor
    factors: list[Tensor | None]

    def rows(self, rows: Tensor) -> _System:
        """Those of some of the problems."""
        factors = [self.factors[number] for number in rows.tolist()]
        return _System(self.design, self.bends[rows], self.l2[rows], self.subset[rows], factors)

    def times(self, weights: Tensor) -> Tensor:
        """The Hessians applied to `[b, 1, r + 1]`."""
        product = self.design.pull(self.design.logits(weights).mul_(self.bends))
        form = self.design.penalty.times(weights[..., :-1], self.subset)
        product[..., :-1].addcmul_(form, self.l2[:, None, None])
        return product

    def inverse(self, weights: Tensor) -> Tensor:
        """About their inverses, by the factors."""
        found = weights.clone()
        for one, factor in zip(found, self.factors, strict=True):
            if factor is not None:
                one.copy_(solve_with(factor, one.T).T)
        return found

    def solve(self, right: Tensor, forcing: Tensor) -> tuple[Tensor, Tensor]:
        """Solutions `[b, 1, r + 1]` to a share `[b]` of the right side; their iterations `[b]`."""
        found, n_iterations = torch.zeros_like(right), torch.zeros_like(self.subset)
        at, system = torch.arange(len(right), device=right.device), self
        weights, residual = torch.zeros_like(right), right.clone()
        direction = system.inverse(residual)
        size = dot(residual, direction)
        goal = size * forcing.square()
        for _ in range(_MOST_ITERATIONS):
            pressed = system.times(direction)
            bend = dot(direction, pressed).clamp_min(torch.finfo(right.dtype).tiny)
            length = (size / bend)[:, None, None]
            weights.addcmul_(direction, length)
            residual.addcmul_(pressed, length, value=-1)
            turned = system.inverse(residual)
            before, size = size, dot(residual, turned)
            direction = torch.addcmul(turned, direction, (size / before)[:, None, None])
            n_iterations[at] += 1
            keep = torch.nonzero(size > goal).squeeze(1)
            if len(keep) <= (1 - _LEAVE_AT) * len(at):
                found[at] = weights
                at, goal, size, system = at[keep], goal[keep], size[keep], system.rows(keep)
                weights, residual, direction = weights[keep], residual[keep], direction[keep]
            if not len(at):
                return found, n_iterations
        found[at] = weights
        return found, n_iterations
