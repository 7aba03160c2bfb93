"""The race of strengths over the inner folds of training sets: who lags leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.held_out_losses import reach_of
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets

TIE = 1e-6
NEAR = 1e-5  # the relative gain from which a solution is as good as single precision's
_BRIEF = 60  # iterations after which a brief race gives up


@dataclass(frozen=True)
class Round:
    """Precision and tolerance of the solutions, and the relative lag that ends a strength's run.

    A scouting round takes what its precision gives, and stops where the loss keeps rising. Where
    its tolerance would take long, `_ROUGH` is enough, and the lag that of such solutions.
    """

    dtype: torch.dtype
    tolerance: float
    lag: float
    scouting: bool = False


_ENOUGH, _ROUGH = 1e-3, 1e-2
# by what share of itself the loss of a rough solution may still fall, or rise: exact ones took 9 %
# off and added 8 % in 1,200 trials, but what fits noise may yet come to fit it far better
_FALL, _RISE = 0.3, 1.0
_STALLED = 1e30  # where single precision does not get even there, it says nothing
ROUNDS = (
    Round(torch.float32, 1e-5, 0.05, scouting=True),
    Round(torch.float32, 1e-5, 0.05),
    Round(torch.float32, 1e-6, 0.02),
    Round(torch.float32, 1e-8, 0.003),
    Round(torch.float64, 1e-13, TIE),
)


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
        self.design, self.loss, self.sets = design, loss, sets
        self.strengths, self.brief = strengths, brief
        self.given_up = torch.zeros(len(sets), dtype=torch.bool, device=sets.inner.device)
        shape = (len(sets), len(strengths))
        self.running = torch.ones(shape, dtype=torch.bool, device=sets.inner.device)
        self.losses = strengths.new_full(shape, torch.inf)
        self.falls = torch.full_like(self.losses, _FALL)
        self.rises = torch.full_like(self.losses, _RISE)
        self.reached = torch.full_like(self.losses, torch.inf)
        self.is_double = torch.zeros_like(self.running)
        self.converged = torch.ones_like(self.running)
        self.weights: dict[tuple[int, int], Tensor] = {}
        self.squares: Tensor | None = None

    def run(self, rules: Round) -> None:
        """Solve what still runs, and drop what lags: strongest penalty first, later the best."""
        several = self.running.sum(1) > 1
        rough = self.design.to(rules.dtype)
        if self.squares is None:
            self.squares = self._mean_squares(rough)
        alone = replace(rules, tolerance=max(rules.tolerance, _ENOUGH))
        known = bool(self.weights)
        for at in self._best_first() if known else range(len(self.strengths)):
            runs, asked = self.running[:, at], ~self._is_known(at, rules)
            self._solve(rough, runs & several & asked, at, rules)
            self._solve(rough, runs & ~several & ~self.converged[:, at], at, alone)
            if rules.scouting and at:
                self._stop_rising(at)
            elif known:
                self._drop()
        self._drop()
        if rules.lag > TIE:
            self._narrow(rough)

    def _is_known(self, at: int, rules: Round) -> Tensor:
        """Where an earlier round found what this one asks for, its lag is this one's, `[g]`."""
        known = self.reached[:, at] <= rules.tolerance
        if rules.dtype == torch.float64:
            known &= self.is_double[:, at]
        for lags in (self.falls, self.rises):
            lag = lags[:, at]
            lags[:, at] = torch.where(known, lag.clamp_max(rules.lag), lag)
        return known

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
                problems, held_out = self._problems(sets, at)
                weights = torch.cat([self.weights[number, at] for number in sets.tolist()])
                found = reach_of(rough, self.loss, problems, weights, held_out)
                reach[sets, at] = found.view(len(sets), -1).sum(1) / self.sets.masks[sets].sum(1)
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
        least = losses[:, : at + 1].amin(1) * (1 + _FALL)
        stalled = self._of_trainings(self.falls)[..., at - 1].amax(1) == _STALLED
        is_lost = (before > least) & (now >= before) & ~stalled
        self.running[:, at + 1 :] &= ~is_lost.repeat_interleave(self.sets.n_columns)[:, None]

    def _solve(self, rough: Design, chosen: Tensor, at: int, rules: Round) -> None:
        """Solve the sets that are `chosen` `[g]` with one strength."""
        sets = torch.nonzero(chosen).squeeze(1)
        if not len(sets):
            return
        problems, held_out = self._problems(sets, at)
        start = self._start(sets, at)
        near = bool((self.reached[sets, at] <= NEAR).all())
        found = self._found(rough, problems, start, rules, near)
        logits = rough.logits(found.weights.to(rough.dtype))
        values = self.loss.value(logits, problems.targets) * held_out
        sums = values.sum(1, dtype=torch.float64).view(len(sets), -1).sum(1)
        mean = sums / self.sets.masks[sets].sum(1)
        self.losses[sets, at] = mean.nan_to_num(nan=torch.inf)
        solved = found.solved.view(len(sets), -1).all(1)
        gain = found.gain.view(len(sets), -1).amax(1).to(self.reached.dtype)
        exact = solved & (gain <= rules.tolerance)
        self.reached[sets, at] = torch.where(exact, gain, torch.inf)
        is_rough = ~exact & rules.scouting
        lag = torch.full_like(gain, rules.lag)
        fall = torch.full_like(gain, _FALL).where(solved, _STALLED)
        self.falls[sets, at] = torch.where(is_rough, fall, lag)
        rise = torch.full_like(gain, _RISE).where(solved, _STALLED)
        self.rises[sets, at] = torch.where(is_rough, rise, lag)
        self.converged[sets, at] = solved
        self.is_double[sets, at] = rough.dtype == torch.float64
        if self.brief:
            self._give_up(sets[~solved])
        for number, weights in zip(sets.tolist(), self._by_set(found.weights, sets), strict=True):
            self.weights[number, at] = weights

    def _mean_squares(self, rough: Design) -> Tensor:
        """Those of every inner fold, `[g, n_inner, r + 1]`: all strengths have the same."""
        trained, _ = self.sets.inner_masks(torch.arange(len(self.sets), device=rough.device))
        weights = trained / trained.sum(1, keepdim=True).to(rough.dtype)
        return rough.mean_squares(weights).view(len(self.sets), self.sets.n_inner, -1)

    def _problems(self, sets: Tensor, at: int) -> tuple[Problems, Tensor]:
        """Those of the inner folds of some sets with one strength, and the rows held out."""
        trained, held_out = self.sets.inner_masks(sets)
        counts = trained.sum(1, keepdim=True).to(self.strengths.dtype)
        problems = Problems(
            targets=self.sets.targets[sets].repeat_interleave(self.sets.n_inner, 0),
            weights=trained / counts,
            l2=1 / (self.strengths[at] * counts[:, 0]),
            subset=(sets // self.sets.n_columns).repeat_interleave(self.sets.n_inner),
            squares=None if self.squares is None else self.squares[sets].flatten(0, 1),
        )
        return problems, held_out

    def _give_up(self, sets: Tensor) -> None:
        columns = self.sets.n_columns
        self.given_up[sets] = True
        by_training = self.given_up.view(-1, columns).any(1)
        self.given_up = by_training.repeat_interleave(columns)
        self.running[self.given_up] = False

    def _found(
        self, rough: Design, problems: Problems, start: Tensor | None, rules: Round, near: bool
    ) -> Solution:
        exact = problems.to(self.design.dtype)
        begin = cold_start(self.design, self.loss, exact) if start is None else start
        if self.brief:
            found = minimise(
                rough,
                self.loss,
                problems.to(rough.dtype),
                begin,
                tolerance=rules.tolerance,
                enough=_ENOUGH,
                max_iterations=_BRIEF,
            )
            return replace(found, weights=found.weights.nan_to_num(0, 0, 0))
        if rules.scouting:
            single = problems.to(rough.dtype)
            found = minimise(
                rough, self.loss, single, begin, tolerance=rules.tolerance, enough=_ROUGH
            )
            if bool(found.weights.isfinite().all()):
                return found
        given = self.design, self.loss, exact, begin
        return solve(*given, tolerance=rules.tolerance, rough=rough, near=near)

    def _by_set(self, weights: Tensor, sets: Tensor) -> Tensor:
        return weights.view(len(sets), self.sets.n_inner, *weights.shape[1:])

    def _start(self, sets: Tensor, at: int) -> Tensor | None:
        """Each set's own solution of an earlier round, else the one of the strength before."""
        known = [
            self.weights.get((number, at), self.weights.get((number, at - 1)))
            for number in sets.tolist()
        ]
        found = [weights for weights in known if weights is not None]
        if len(found) < len(known):
            return None
        return torch.cat([weights.to(self.strengths.dtype) for weights in found])
