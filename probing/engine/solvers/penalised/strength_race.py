"""The race of strengths over the inner folds of training sets: who lags leaves."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.inner_solver import InnerSolver
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.movements import Movements
from probing.engine.solvers.penalised.one_fold_ahead import FEWEST_FOLDS, OneFoldAhead
from probing.engine.solvers.penalised.race_rounds import (
    ALIKE,
    BEHIND,
    ENOUGH,
    FALL,
    LOOK,
    NEAR,
    RISE,
    STALLED,
    TIE,
    UNSURE,
    Round,
)
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets


class Race:
    """The strengths still running for each set, and the losses and weights that are known."""

    def __init__(
        self,
        design: Design,
        loss: Loss,
        sets: TrainingSets,
        strengths: Tensor,
        brief: bool,
    ) -> None:
        self.design, self.sets = design, sets
        self.strengths, self.brief = strengths, brief
        self.inner = InnerSolver(design, loss, sets, strengths, brief)
        self.given_up = torch.zeros(len(sets), dtype=torch.bool, device=sets.inner.device)
        shape = (len(sets), len(strengths))
        self.running = torch.ones(shape, dtype=torch.bool, device=sets.inner.device)
        self.losses = strengths.new_full(shape, torch.inf)
        self.is_alike = torch.zeros_like(self.running)
        self.movements = Movements(
            len(sets), strengths, sets.n_inner, _may_part(design, sets), self.losses
        )
        self.falls = torch.full_like(self.losses, FALL)
        self.rises = torch.full_like(self.losses, RISE)
        self.reached = torch.full_like(self.losses, torch.inf)
        self.is_double = torch.zeros_like(self.running)
        self.converged = torch.ones_like(self.running)
        self.ahead = OneFoldAhead(self.inner, self.movements)

    def run(self, rules: Round) -> None:
        """Solve what still runs, and drop what lags: strongest penalty first, later the best."""
        several = self.running.sum(1) > 1
        rough = self.design.to(rules.dtype)
        alone = replace(rules, tolerance=max(rules.tolerance, ENOUGH))
        known = bool(self.inner.weights)
        for at in self._best_first() if known else range(len(self.strengths)):
            if rules.scouting and at:
                self._look_ahead(rough, at, rules)
            runs, asked = self.running[:, at], ~self._is_known(at, rules)
            looks = self._is_behind(at) if rules.scouting else torch.zeros_like(runs)
            self._solve(rough, runs & several & asked, at, rules, looks)
            if bool(looks.any()):
                self._solve(rough, runs & looks & ~self._falls_behind(at), at, rules)
            self._solve(rough, runs & ~several & ~self.converged[:, at], at, alone)
            if rules.scouting and at:
                self._stop_rising(at)
            elif known:
                self._drop()
        self._drop()
        if rules.lag > TIE:
            self._narrow(rough)

    def _look_ahead(self, rough: Design, at: int, rules: Round) -> None:
        """Drop strengths that are seen to be behind by one inner fold alone."""
        if self.brief or self.sets.n_columns > 1 or self.sets.n_inner < FEWEST_FOLDS:
            return
        least, best = self.losses[:, :at].min(1)
        risen = self.losses[:, at - 1] > least
        rises = risen & self.losses[:, at - 1].isfinite() & self.is_alike[:, at - 1]
        new = torch.nonzero(rises & self.running[:, at] & self.converged[:, at - 1]).squeeze(1)
        sets, ended = self.ahead.look(rough, new, best[new], at, rules)
        self.running[sets, at] = False
        self.running[ended, at + 1 :] = False

    def _is_known(self, at: int, rules: Round) -> Tensor:
        """Where an earlier round found what this one asks for, its lag is this one's, `[g]`."""
        known = self.reached[:, at] <= rules.tolerance
        if rules.dtype == torch.float64:
            known &= self.is_double[:, at]
        lag = self._lag(torch.arange(len(known), device=known.device), at, rules)
        for lags in (self.falls, self.rises):
            lags[:, at] = torch.where(known, torch.minimum(lags[:, at], lag), lags[:, at])
        return known

    def _lag(self, sets: Tensor, at: int, rules: Round) -> Tensor:
        """By what share the losses of solutions of a round are taken to move, `[len(sets)]`."""
        left = self.movements.left(sets, at)
        if rules.lag <= TIE:
            return torch.full_like(left, rules.lag)
        return left.clamp_max(UNSURE * rules.lag)

    def _best_first(self) -> list[int]:
        """The strengths, those of least loss first: what these turn out to be drops others."""
        ranks = self.losses.argsort(1).argsort(1).to(torch.float64).mean(0)
        order: list[int] = ranks.argsort().tolist()
        return order

    def _drop(self) -> None:
        self.running &= self._level().repeat_interleave(self.sets.n_columns, 0)

    def _narrow(self, rough: Design) -> None:
        """Drop strengths whose loss is further from the best than both may change."""
        several = self.running.sum(1) > 1
        reach = torch.full_like(self.losses, torch.inf)
        for at in range(len(self.strengths)):
            sets = torch.nonzero(self.running[:, at] & several).squeeze(1)
            if len(sets):
                reach[sets, at] = self.inner.reach(rough, sets, at)
        losses, reach = self._of_trainings(self.losses).sum(1), self._of_trainings(reach).sum(1)
        highest = (losses + reach).amin(1, keepdim=True) * (1 + TIE)
        lost = losses - reach > highest
        self.running &= ~lost.repeat_interleave(self.sets.n_columns, 0)

    def _level(self) -> Tensor:
        """Which strengths no other is ahead of by what both may change, `[n_trainings, m]`."""
        losses = self._of_trainings(self.losses).sum(1)
        falls = self._of_trainings(self.falls).amax(1)
        rises = self._of_trainings(self.rises).amax(1)
        lag = torch.maximum(falls.unsqueeze(2), rises.unsqueeze(1))
        level: Tensor = losses <= (losses.unsqueeze(1) * (1 + lag)).amin(2)
        return level

    def _of_trainings(self, values: Tensor) -> Tensor:
        """The columns of a training are chosen for together: `[n_trainings, n_columns, m]`."""
        return values.view(-1, self.sets.n_columns, len(self.strengths))

    def _stop_rising(self, at: int) -> None:
        """Try no weaker penalty where the loss is far above its least, and rises further."""
        losses = self._of_trainings(self.losses).sum(1)
        before, now = losses[:, at - 1], losses[:, at]
        least = losses[:, : at + 1].amin(1) * (1 + FALL)
        solved = before.isfinite() & now.isfinite()
        stalled = self._of_trainings(self.falls)[..., at - 1].amax(1) == STALLED
        is_lost = (before > least) & (now >= before) & solved & ~stalled
        self.running[:, at + 1 :] &= ~is_lost.repeat_interleave(self.sets.n_columns)[:, None]

    def _is_behind(self, at: int) -> Tensor:
        """Whether the loss of the strength before was behind in every inner fold, `[g]`."""
        if at == 0:
            return torch.zeros_like(self.given_up)
        losses = self._of_trainings(self.losses).sum(1)
        behind = losses[:, at - 1] > losses[:, :at].amin(1) * (1 + BEHIND)
        alike = self._of_trainings(self.is_alike)[..., at - 1].all(1)
        return (behind & alike).repeat_interleave(self.sets.n_columns)

    def _falls_behind(self, at: int) -> Tensor:
        """Whether it is lost with this strength, and in every inner fold, `[g]`."""
        losses = self._of_trainings(self.losses).sum(1)
        before, now = losses[:, at - 1], losses[:, at]
        lost = now > torch.maximum(losses[:, :at].amin(1) * (1 + FALL), before * (1 + BEHIND))
        alike = self._of_trainings(self.is_alike)[..., at].all(1)
        return (lost & alike).repeat_interleave(self.sets.n_columns)

    def _solve(
        self,
        rough: Design,
        chosen: Tensor,
        at: int,
        rules: Round,
        looks: Tensor | None = None,
    ) -> None:
        """Solve the sets that are `chosen` `[g]` with one strength; of some a look will do."""
        sets = torch.nonzero(chosen).squeeze(1)
        if not len(sets):
            return
        near = bool((self.reached[sets, at] <= NEAR).all())
        looks = torch.zeros_like(chosen) if looks is None else looks
        at_once = LOOK * looks[sets].to(rough.dtype)
        found, now, start = self.inner.solve(rough, sets, at, rules, near, at_once)
        self.losses[sets, at] = now.held_out.sum(1).nan_to_num(nan=torch.inf)
        self.is_alike[sets, at] = now.held_out.amax(1) <= ALIKE * now.held_out.mean(1)
        solved = found.solved.view(len(sets), -1).all(1)
        gain = now.gain
        exact = solved & (gain <= rules.tolerance)
        self.reached[sets, at] = torch.where(exact, gain, torch.inf)
        is_rough = ~exact & rules.scouting
        self.movements.take(sets, at, now, start)
        lag = self._lag(sets, at, rules)
        for lags, rough_lag in ((self.falls, FALL), (self.rises, RISE)):
            rough_lags = torch.full_like(gain, rough_lag).where(solved, STALLED)
            lags[sets, at] = torch.where(is_rough, rough_lags, lag)
        self.converged[sets, at] = solved
        self.is_double[sets, at] = rough.dtype == torch.float64
        if self.brief:
            self._give_up(sets[~solved])

    def _give_up(self, sets: Tensor) -> None:
        columns = self.sets.n_columns
        self.given_up[sets] = True
        by_training = self.given_up.view(-1, columns).any(1)
        self.given_up = by_training.repeat_interleave(columns)
        self.running[self.given_up] = False


def _may_part(design: Design, sets: TrainingSets) -> bool:
    """Whether inner folds have so few rows that a plane is likely to part any two classes.

    Fewer than twice the columns. Thomas M. Cover, Geometrical and statistical properties of systems
    of linear inequalities (1965).
    """
    n_rows = int(sets.masks.sum(1).min()) * max(1, sets.n_inner - 1) / sets.n_inner
    return n_rows < 2 * design.width
