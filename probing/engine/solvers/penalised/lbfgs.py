"""Solve many L2-penalised linear models at once: preconditioned L-BFGS in one batch.

A problem that has converged leaves the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs_memory import Memory, dot
from probing.engine.solvers.penalised.line_search import Line, Point, search
from probing.engine.solvers.penalised.linear_models import (
    Problems,
    Solution,
    balanced,
    least_curvature,
)
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.penalised.places import PAST, Place, mean_bend
from probing.engine.solvers.penalised.preconditioning import Preconditioner
from probing.engine.solvers.rows.design import Design

_LONG = 4  # iterations
_LEAVE_AT = 0.1  # share of finished problems at which the batch is made smaller
_STATE = (
    "at",
    "W",
    "logits",
    "pressure",
    "best",
    "waited",
    "curvature",
    "gradient",
    "size",
    "edge",
    "mean_square",
)
# iterations without progress after which rounding is all that is left
_PATIENCE = {torch.float32: 30, torch.float64: 200}


def minimise(
    design: Design,
    loss: Slopes,
    problems: Problems,
    start: Tensor,
    *,
    tolerance: float = 0.0,
    enough: float = 0.0,
    at_once: Tensor | None = None,
    gradient: float = 0.0,
    max_iterations: int = 2000,
    place: Place | None = None,
) -> Solution:
    """Solve until the gain left is within `tolerance`, or every slope within `gradient`.

    A gain within `enough` is taken where more takes long: after some iterations without a Hessian;
    one within `at_once` `[b]` always.
    `start` `[b, k, r + 1]` are weights to begin with. The precision is that of `design`. A `place`
    is that of `start`, and in the end that of the solutions, which then tell no gradient.
    """
    search = Search(design, loss, problems, start.to(design.dtype), place)
    given = {"tolerance": tolerance, "enough": enough, "gradient": gradient}
    return go(search, place, at_once=at_once, max_iterations=max_iterations, **given)


def go(
    search: Search,
    place: Place | None,
    *,
    tolerance: float = 0.0,
    enough: float = 0.0,
    at_once: Tensor | None = None,
    gradient: float = 0.0,
    max_iterations: int = 2000,
) -> Solution:
    """Go on with a search that begins at the `place`, as `minimise` does."""
    done = Solution.unsolved(search.W)
    for iteration in range(max_iterations + 1):
        gain = search.gain()
        long = iteration >= _LONG and not search.curvatures.is_whole
        converged = gain <= (max(tolerance, enough) if long else tolerance)
        if at_once is not None:
            converged |= gain <= at_once[search.at]
        if gradient:
            converged |= search.design.is_flat(search.gradient, gradient)
        finished = converged | search.stalled(gain) | (iteration == max_iterations)
        search.leave(finished, gain, converged, iteration, done, place)
        if not len(search.at):
            break
        search.curvatures.make_if_it_pays(search)
        search.step()
    return done


class Search:
    """The state of the problems still under way."""

    def __init__(
        self,
        design: Design,
        loss: Slopes,
        problems: Problems,
        W: Tensor,
        place: Place | None = None,
    ) -> None:
        self.design, self.loss, self.problems, self.W = design, loss, problems, W
        self.at = torch.arange(len(W), device=W.device)
        self.memory = Memory(PAST)
        self.curvatures = Preconditioner()
        squares = problems.squares
        squares = design.mean_squares(problems.weights) if squares is None else squares
        self.mean_square = squares.unsqueeze(1)
        self.edge = least_curvature(design, problems)
        self.best = torch.full_like(problems.l2, torch.inf)
        self.waited = torch.zeros_like(self.at)
        self._begin(Place.of(design, loss, problems, W) if place is None else place)

    def _begin(self, place: Place) -> None:
        self.forms: list[Tensor] = []
        self._remember(place.past)
        self.logits = place.logits
        self.pressure = place.form * self.problems.l2[:, None, None]
        self._take(place.slope + self.pressure, place.bend, place.size)

    def _remember(self, past: Tensor) -> None:
        """Steps taken with another strength tell of this one too, but for their penalty."""
        l2 = self.problems.l2[:, None, None]
        moved = past[:, :, 0].flatten(2).any(2).any(0)
        for at in torch.nonzero(moved).squeeze(1).tolist():
            step, change, form = past[:, at].unbind(1)
            self.memory.push(step, torch.addcmul(change, form, l2))
            self.forms.append(form)

    def _past(self, rows: Tensor, pressure: Tensor) -> Tensor:
        """Of some of the problems, whose `pressure` is given, `[b, m, 3, k, r + 1]`."""
        past = pressure.new_empty(len(pressure), PAST, 3, *pressure.shape[1:])
        first = PAST - len(self.forms)
        past[:, :first] = 0
        for part, steps in enumerate((self.memory.steps, self.memory.changes, self.forms)):
            for at, step in enumerate(steps, first):
                past[:, at, part] = step[rows].view(pressure.shape)
        changes, forms = past[:, first:, 1], past[:, first:, 2]
        changes.addcmul_(forms, self.problems.l2[rows, None, None, None], value=-1)
        return past

    def place(self, rows: Tensor) -> Place:
        """Where some of the problems stand; they have no linear term."""
        pressure = self.pressure[rows]
        return Place(
            logits=self.logits[rows],
            slope=self.gradient[rows] - pressure,
            form=pressure / self.problems.l2[rows, None, None],
            bend=self.curvature[rows, :, -1:],
            size=self.size[rows] - dot(self.W[rows], pressure),
            past=self._past(rows, pressure),
        )

    def pressure_of(self, W: Tensor) -> Tensor:
        """The gradient of the penalty at the weights `W`."""
        pressure = torch.zeros_like(W)
        form = self.design.penalty.times(W[..., :-1], self.problems.subset)
        pressure[..., :-1] = form.mul_(self.problems.l2[:, None, None])
        return pressure

    def _refresh(self, point: Point) -> None:
        """Gradient and preconditioner at the present weights, from what the loss is there."""
        slope = self.design.pull(point.weighted)
        bend = mean_bend(self.loss, self.problems, point.response, point.weighted, slope)
        size = self.loss.size(point.weighted, self.problems.weights)
        self._take(slope.add_(self.pressure), bend, size)

    def _take(self, gradient: Tensor, bend: Tensor, size: Tensor) -> None:
        """The gradient but for a linear term, the mean bend, and the size of the loss."""
        slope = self.problems.slope
        self.gradient = gradient if slope is None else gradient.add_(slope)
        self.curvature = bend.clamp_min(1e-12) * self.mean_square
        self.curvature[..., :-1] += self.problems.l2[:, None, None]
        self.size = self._size(size)

    def _size(self, of_loss: Tensor) -> Tensor:
        """What gains are relative to, `[b]`."""
        if self.problems.size is not None:
            return self.problems.size
        size = of_loss + dot(self.W, self.pressure)
        return size.clamp_min(torch.finfo(size.dtype).tiny)

    def gain(self) -> Tensor:
        """What is left to gain at most, relative to the objective, `[b]`.

        Relative, since the loss of a separable problem itself tends to nothing.
        """
        bend, l2 = self.curvature[..., :-1], self.problems.l2[:, None, None]
        least = (bend - l2) * self.edge[:, None, None] + l2
        slopes, drift = self.gradient[..., :-1], self.gradient[..., -1:]
        gain = dot(slopes, slopes / least) + dot(drift, drift / self.curvature[..., -1:])
        return gain / self.size

    def stalled(self, gain: Tensor) -> Tensor:
        """Whether a problem has not got on for many iterations."""
        better = gain < 0.9 * self.best
        self.best = torch.where(better, gain, self.best)
        self.waited = torch.where(better, 0, self.waited + 1)
        return self.waited >= _PATIENCE[gain.dtype]

    def leave(
        self,
        finished: Tensor,
        gain: Tensor,
        converged: Tensor,
        iteration: int,
        done: Solution,
        place: Place | None,
    ) -> None:
        """Write down the finished problems, and drop them once they are many."""
        if not bool(finished.any()):
            return
        at = self.at[finished]
        done.weights[at] = self.W[finished]
        done.gain[at] = gain[finished]
        done.converged[at] = converged[finished]
        done.n_iterations[at] = iteration
        if place is None:
            done.gradient[at] = self.design.steepest(self.gradient[finished])
        else:
            place.put(at, self.place(finished))
        share = float(finished.float().mean())
        if share >= _LEAVE_AT:
            self._keep(torch.nonzero(~finished).squeeze(1))

    def _keep(self, rows: Tensor) -> None:
        self.problems = self.problems.rows(rows)
        self.memory.keep(rows)
        self.forms = [form[rows] for form in self.forms]
        self.curvatures.keep(rows)
        for name in _STATE:
            setattr(self, name, getattr(self, name)[rows])

    def precondition(self, vector: Tensor) -> Tensor:
        """The inverse of the curvature, as far as it is known, applied to a vector."""
        return balanced(self.curvatures.solve(vector, vector / self.curvature))

    def step(self) -> None:
        """Move every problem along its direction."""
        direction = self.memory.direction(self.gradient, self.precondition)
        uphill = dot(self.gradient, direction) >= 0
        if bool(uphill.any()):
            steepest = -balanced(self.gradient / self.curvature)
            direction = torch.where(uphill[:, None, None], steepest, direction)
        movement, pressure = self.design.logits(direction), self.pressure_of(direction)
        point = search(self.line(direction, movement, pressure))
        if bool((point.t == 0).any()):
            self.curvatures.forget()
        t, before = point.t[:, None, None], self.gradient
        self.W = torch.addcmul(self.W, direction, t)
        self.logits = point.logits
        self.pressure.addcmul_(pressure, t)
        self._refresh(point)
        self.memory.push(direction.mul_(t), self.gradient - before)
        self.forms.append(pressure.mul_(t).div_(self.problems.l2[:, None, None]))
        del self.forms[: -self.memory.size]

    def line(self, direction: Tensor, movement: Tensor, pressure: Tensor) -> Line:
        """The objective along a direction, whose logits and penalty gradient are given."""
        return Line(
            loss=self.loss,
            logits=self.logits,
            movement=movement,
            targets=self.problems.targets,
            weights=self.problems.weights,
            linear=self._linear(direction),
            quadratic=dot(pressure, direction),
            slope=dot(self.gradient, direction),
        )

    def _linear(self, direction: Tensor) -> Tensor:
        """The slope of penalty and linear term along the direction, where it begins."""
        slope = self.problems.slope
        return dot(self.pressure if slope is None else self.pressure + slope, direction)
