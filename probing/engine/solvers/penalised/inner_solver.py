"""Solve the problems of inner folds, each begun at the nearest solution that is known."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.held_out_losses import reach_of
from probing.engine.solvers.penalised.inner_problems import InnerProblems
from probing.engine.solvers.penalised.lbfgs import Search, go, minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.movements import Losses
from probing.engine.solvers.penalised.places import Place
from probing.engine.solvers.penalised.race_rounds import ENOUGH, ROUGH, Round
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.penalised.standings import Standings
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets

_BRIEF = 60  # iterations after which a brief race gives up


class InnerSolver:
    """The solutions that are known so far: `weights` `[n_inner, k, r + 1]` by set and strength."""

    def __init__(
        self, design: Design, loss: Loss, sets: TrainingSets, strengths: Tensor, brief: bool
    ) -> None:
        self.design, self.loss, self.strengths, self.brief = design, loss, strengths, brief
        self.problems = InnerProblems(design.to(torch.float32), sets)
        self.weights: dict[tuple[int, int], Tensor] = {}
        self._standings = Standings(len(sets), sets.n_inner, sets.inner.device)

    def solve(
        self, rough: Design, sets: Tensor, at: int, rules: Round, near: bool, at_once: Tensor
    ) -> tuple[Solution, Losses, Losses | None]:
        """Solutions with one strength, the losses of what each leaves out, and those at the start.

        Only scouts tell those at the start; they take a gain within `at_once` `[len(sets)]`.
        """
        problems = self.problems.of(sets, self.strengths[at], rough.dtype)
        begin = self._start(sets, at)
        start = None
        if rules.scouting and not self.brief:
            place, held_out = self._place(rough, sets, at, problems, begin)
            search = Search(rough, self.loss, problems, begin.to(rough.dtype), place)
            start = Losses(held_out, self._largest(sets, search.gain()))
            found, logits = self._scouted(rough, sets, at, rules, problems, search, place, at_once)
        else:
            found, logits = self._found(rough, sets, at, rules, problems, begin, near)
        for number, weights in zip(sets.tolist(), self._by_set(found.weights), strict=True):
            self.weights[number, at] = weights
        held_out = self._held_out(sets, problems, logits)
        if start is not None:
            self._standings.note(sets, held_out)
        return found, Losses(held_out, self._largest(sets, found.gain)), start

    def _held_out(self, sets: Tensor, problems: Problems, logits: Tensor) -> Tensor:
        return self.problems.mean_losses(sets, self.loss.value(logits, problems.targets))

    @staticmethod
    def _largest(sets: Tensor, gain: Tensor) -> Tensor:
        return gain.view(len(sets), -1).amax(1).to(torch.float64)

    def reach(self, rough: Design, sets: Tensor, at: int) -> Tensor:
        """By how much each mean loss may change at most, `[len(sets)]`."""
        problems = self.problems.of(sets, self.strengths[at], rough.dtype)
        weights = torch.cat([self.weights[number, at] for number in sets.tolist()])
        held_out = self.problems.held_out(sets)
        found = reach_of(rough, self.loss, problems, weights, held_out)
        return found.view(len(sets), -1).sum(1) / self.problems.sets.masks[sets].sum(1)

    def _found(
        self,
        rough: Design,
        sets: Tensor,
        at: int,
        rules: Round,
        problems: Problems,
        begin: Tensor,
        near: bool,
    ) -> tuple[Solution, Tensor]:
        if self.brief:
            found = self._in_brief(rough, problems, begin, rules)
        else:
            exact = self.problems.of(sets, self.strengths[at], self.design.dtype)
            given = self.design, self.loss, exact, begin.to(self.design.dtype)
            found = solve(*given, tolerance=rules.tolerance, rough=rough, near=near)
        return found, rough.logits(found.weights.to(rough.dtype))

    def _in_brief(self, rough: Design, problems: Problems, begin: Tensor, rules: Round) -> Solution:
        found = minimise(
            rough,
            self.loss,
            problems,
            begin,
            tolerance=rules.tolerance,
            enough=ENOUGH,
            max_iterations=_BRIEF,
        )
        return replace(found, weights=found.weights.nan_to_num(0, 0, 0))

    def _place(
        self, rough: Design, sets: Tensor, at: int, problems: Problems, begin: Tensor
    ) -> tuple[Place, Tensor]:
        """That of the weights to begin with, and the losses of what is left out there.

        Where these sets stand, or by new products.
        """
        known = (int(sets[0]), at) in self.weights
        place = self._standings.of(sets, at if known else at - 1)
        if place is not None:
            return place, self._standings.held_out[sets]
        place = Place.of(rough, self.loss, problems, begin.to(rough.dtype))
        return place, self._held_out(sets, problems, place.logits)

    def _scouted(
        self,
        rough: Design,
        sets: Tensor,
        at: int,
        rules: Round,
        problems: Problems,
        search: Search,
        place: Place,
        at_once: Tensor,
    ) -> tuple[Solution, Tensor]:
        """Rough solutions; where single precision has none, those of double."""
        begin = search.W
        found = go(
            search,
            place,
            tolerance=rules.tolerance,
            enough=ROUGH,
            at_once=at_once.repeat_interleave(self.problems.n_inner),
        )
        sound = bool(found.weights.isfinite().all())
        self._standings.move(sets, at, place if sound else None)
        if sound:
            return found, place.logits
        return self._found(rough, sets, at, rules, problems, begin, near=False)

    def _start(self, sets: Tensor, at: int) -> Tensor:
        """Each set's own solution of an earlier round, else that of the nearest strength before."""
        known = [self._nearest(number, at) for number in sets.tolist()]
        found = [weights for weights in known if weights is not None]
        if len(found) < len(known):
            problems = self.problems.of(sets, self.strengths[at], self.design.dtype)
            return cold_start(self.design, self.loss, problems)
        return torch.cat([weights.to(self.design.dtype) for weights in found])

    def _nearest(self, number: int, at: int) -> Tensor | None:
        known = (self.weights.get((number, one)) for one in range(at, -1, -1))
        return next((weights for weights in known if weights is not None), None)

    def _by_set(self, weights: Tensor) -> Tensor:
        return weights.view(-1, self.problems.n_inner, *weights.shape[1:])
