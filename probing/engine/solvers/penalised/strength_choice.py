"""Choose C (the penalty strength) inside each training set, by its inner folds.

All strengths are first solved roughly, from the strongest penalty on; those that stay clearly
behind leave, and the others are solved again, more tightly each round, so that the choice is that
of exact solutions. Where the held-out loss has risen to more than twice its least value, and two
strengths in a row have made it rise, the weaker penalties after them are not tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, Solution, cold_start
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.refine import solve
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets

TIE = 1e-6
_FAR_OUT = 1e3
_BRIEF = 60  # iterations after which a brief race gives up


@dataclass(frozen=True)
class Round:
    """Precision and tolerance of the solutions, and the relative lag that ends a strength's run.

    A scouting round takes what its precision gives, and stops where the loss keeps rising.
    """

    dtype: torch.dtype
    tolerance: float
    lag: float
    scouting: bool = False


ROUNDS = (
    Round(torch.float32, 1e-3, 1.0, scouting=True),
    Round(torch.float32, 1e-5, 0.05),
    Round(torch.float32, 1e-8, 0.003),
    Round(torch.float64, 1e-13, TIE),
)


@dataclass(frozen=True)
class Choice:
    """For each training set the index of its strength, `[g]`, and weights to start a refit from:
    those of the inner folds `[g, n_inner, k, r + 1]`, as exact as the race was when it ended.

    `at_edge` says that the strength is the first or the last of those offered, `converged` that
    its inner problems were solved. Of a set that is not, after a brief race, nothing else holds.
    """

    strength: Tensor
    start: Tensor | None
    at_edge: Tensor
    converged: Tensor

    @classmethod
    def given(cls, n_sets: int, strengths: Tensor) -> Choice:
        """The only one of `strengths`, for every set."""
        first = torch.zeros(n_sets, dtype=torch.int64, device=strengths.device)
        return cls(first, None, first > 0, first == 0)


def choose_strength(
    design: Design, loss: Loss, sets: TrainingSets, strengths: Tensor, *, brief: bool = False
) -> Choice:
    """Race `strengths` (inverse, as C: weakest penalty last) over the inner folds of `sets`.

    The subsets of the design's penalty are the trainings of `sets`.
    Ties within a relative 1e-6 go to the stronger penalty. A brief race gives a training up, as
    not converged, as soon as one of its problems takes long: for who has another way.
    """
    race = _Race(design, loss, sets, strengths, brief)
    for rules in ROUNDS[-1:] if _has_outliers(design) else ROUNDS:
        race.run(rules)
    return race.choice()


def _has_outliers(design: Design) -> bool:
    """Whether single rows are so far out that rough solutions say nothing of their loss."""
    lengths = design.lengths()
    return bool(lengths.max() > _FAR_OUT * lengths.median())


class _Race:
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
        self.converged = torch.ones_like(self.running)
        self.weights: dict[tuple[int, int], Tensor] = {}

    def run(self, rules: Round) -> None:
        """Solve what still runs, strongest penalty first, and drop what lags."""
        several = self.running.sum(1) > 1
        rough = self.design.to(rules.dtype)
        for at in range(len(self.strengths)):
            sets = torch.nonzero(self.running[:, at] & several).squeeze(1)
            if len(sets):
                self._solve(rough, sets, at, rules)
            if rules.scouting and at:
                self._stop_rising(at, rules.lag)
        losses = self._losses_of_trainings()
        level = losses <= losses.amin(1, keepdim=True) * (1 + rules.lag)
        self.running &= level.repeat_interleave(self.sets.n_columns, 0)

    def _losses_of_trainings(self) -> Tensor:
        """The columns of a training are chosen for together: `[n_trainings, m]`."""
        return self.losses.view(-1, self.sets.n_columns, len(self.strengths)).sum(1)

    def _stop_rising(self, at: int, lag: float) -> None:
        losses = self._losses_of_trainings()
        before, now = losses[:, at - 1], losses[:, at]
        least = losses[:, : at + 1].amin(1) * (1 + lag)
        is_lost = (before > least) & (now >= before)
        self.running[:, at + 1 :] &= ~is_lost.repeat_interleave(self.sets.n_columns)[:, None]

    def _solve(self, rough: Design, sets: Tensor, at: int, rules: Round) -> None:
        trained, held_out = self.sets.inner_masks(sets)
        counts = trained.sum(1, keepdim=True).to(self.strengths.dtype)
        problems = Problems(
            targets=self.sets.targets[sets].repeat_interleave(self.sets.n_inner, 0),
            weights=trained / counts,
            l2=1 / (self.strengths[at] * counts[:, 0]),
            subset=(sets // self.sets.n_columns).repeat_interleave(self.sets.n_inner),
        )
        start = self._start(sets, at)
        found = self._found(rough, problems, start, rules)
        logits = rough.logits(found.weights.to(rough.dtype))
        values = self.loss.value(logits, problems.targets) * held_out
        sums = values.sum(1, dtype=torch.float64).view(len(sets), -1).sum(1)
        mean = sums / self.sets.masks[sets].sum(1)
        self.losses[sets, at] = mean.nan_to_num(nan=torch.inf)
        solved = found.solved.view(len(sets), -1).all(1)
        self.converged[sets, at] = solved
        if self.brief:
            self._give_up(sets[~solved])
        for number, weights in zip(sets.tolist(), self._by_set(found.weights, sets), strict=True):
            self.weights[number, at] = weights

    def _give_up(self, sets: Tensor) -> None:
        columns = self.sets.n_columns
        self.given_up[sets] = True
        by_training = self.given_up.view(-1, columns).any(1)
        self.given_up = by_training.repeat_interleave(columns)
        self.running[self.given_up] = False

    def _found(
        self, rough: Design, problems: Problems, start: Tensor | None, rules: Round
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
                max_iterations=_BRIEF,
            )
            return replace(found, weights=found.weights.nan_to_num(0, 0, 0))
        if rules.scouting:
            single = problems.to(rough.dtype)
            found = minimise(rough, self.loss, single, begin, tolerance=rules.tolerance)
            if bool(found.weights.isfinite().all()):
                return found
        return solve(self.design, self.loss, exact, begin, tolerance=rules.tolerance, rough=rough)

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

    def choice(self) -> Choice:
        """The strongest penalty among those that ended level."""
        strength = self.running.to(torch.uint8).argmax(1)
        start = torch.stack(
            [
                self.weights[number, at].to(self.strengths.dtype)
                for number, at in enumerate(strength.tolist())
            ]
        )
        at_edge = (strength == 0) | (strength == len(self.strengths) - 1)
        rows = torch.arange(len(strength), device=strength.device)
        converged = self.converged[rows, strength] & ~self.given_up
        return Choice(strength, start, at_edge, converged)
