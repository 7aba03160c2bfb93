"""Solve the problems of inner folds, each begun at the nearest solution that is known."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.held_out_losses import reach_of
from probing.engine.solvers.penalised.inner_problems import InnerProblems
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
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
    ) -> tuple[Solution, Tensor]:
        """Solutions with one strength, and the mean losses of what each leaves out.

        Those are `[len(sets), n_inner]`, and sum to the mean loss of a set. Scouts take a gain
        within `at_once` `[len(sets)]`.
        """
        problems = self.problems.of(sets, self.strengths[at], rough.dtype)
        found, logits = self._found(rough, sets, at, rules, problems, near, at_once)
        for number, weights in zip(sets.tolist(), self._by_set(found.weights), strict=True):
            self.weights[number, at] = weights
        losses = self.loss.value(logits, problems.targets)
        return found, self.problems.mean_losses(sets, losses)

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
        near: bool,
        at_once: Tensor,
    ) -> tuple[Solution, Tensor]:
        begin = self._start(sets, at)
        if self.brief:
            found = self._in_brief(rough, problems, begin, rules)
        else:
            scouted = self._scouted(rough, sets, at, rules, problems, begin, at_once)
            if scouted is not None:
                return scouted
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

    def _scouted(
        self,
        rough: Design,
        sets: Tensor,
        at: int,
        rules: Round,
        problems: Problems,
        begin: Tensor,
        at_once: Tensor,
    ) -> tuple[Solution, Tensor] | None:
        """Rough solutions, from where the strength before ended; None where there are none."""
        if not rules.scouting:
            return None
        known = (int(sets[0]), at) in self.weights
        place = self._standings.of(sets, at if known else at - 1)
        if place is None:
            place = Place.of(rough, self.loss, problems, begin.to(rough.dtype))
        found = minimise(
            rough,
            self.loss,
            problems,
            begin,
            tolerance=rules.tolerance,
            enough=ROUGH,
            at_once=at_once.repeat_interleave(self.problems.n_inner),
            place=place,
        )
        sound = bool(found.weights.isfinite().all())
        self._standings.move(sets, at, place if sound else None)
        return (found, place.logits) if sound else None

    def _start(self, sets: Tensor, at: int) -> Tensor:
        """Each set's own solution of an earlier round, else the one of the strength before."""
        known = [
            self.weights.get((number, at), self.weights.get((number, at - 1)))
            for number in sets.tolist()
        ]
        found = [weights for weights in known if weights is not None]
        if len(found) < len(known):
            problems = self.problems.of(sets, self.strengths[at], self.design.dtype)
            return cold_start(self.design, self.loss, problems)
        return torch.cat([weights.to(self.design.dtype) for weights in found])

    def _by_set(self, weights: Tensor) -> Tensor:
        return weights.view(-1, self.problems.n_inner, *weights.shape[1:])
