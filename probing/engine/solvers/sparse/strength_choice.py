"""Choose the strength of an L1 penalty inside each training set, by its inner folds.

As in `solvers.penalised.strength_choice`: from the strongest penalty on, each warm-started by
the one before, roughly at first; what lags leaves, and what is left is solved more
tightly. Where the held-out loss is a fifth above its least value and still rises, weaker
penalties are not tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.race_rounds import TIE
from probing.engine.solvers.penalised.strength_choice import Choice
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.sparse.exact_solve import SOLVED, finish, solve_sparse
from probing.engine.solvers.sparse.orthant_lbfgs import Method, SparseSolution, minimise_sparse
from probing.engine.solvers.sparse.problems import SparseDesign, SparseProblems


@dataclass(frozen=True)
class ElasticNetPenalty:
    """`l1_ratio |w|₁ + (1 - l1_ratio)/2 |w|²`, beside `strength` times a loss.

    `summed` says whether that is the sum over the rows, as for scikit-learn's C, or their mean,
    as for the inverse of its alpha.
    """

    l1_ratio: float
    summed: bool

    def problems(
        self, sets: TrainingSets, masks: Tensor, of_set: Tensor, strengths: Tensor
    ) -> SparseProblems:
        """Sets `of_set` `[b]` on the rows `masks` `[b, n]` with `strengths` `[b]`, in float64."""
        counts = masks.sum(1, keepdim=True).to(strengths.dtype)
        size = 1 / strengths / counts[:, 0] if self.summed else 1 / strengths
        return SparseProblems(
            targets=sets.targets[of_set],
            weights=masks / counts,
            l1=size * self.l1_ratio,
            l2=size * (1 - self.l1_ratio),
            subset=of_set,
        ).to(strengths.dtype)


@dataclass(frozen=True)
class _Round:
    """The violation to reach, in single precision or (0) exactly, and the lag that ends a run."""

    tolerance: float
    lag: float


_ROUNDS = (_Round(1e-2, 0.2), _Round(1e-3, 0.003), _Round(0, TIE))
_POOR = 10  # times the tolerance, at which a solution in single precision says too little


def choose_sparse_strength(
    design: SparseDesign,
    loss: Loss,
    sets: TrainingSets,
    penalty: ElasticNetPenalty,
    strengths: Tensor,
) -> Choice:
    """Race `strengths` (weakest penalty last) over the inner folds of `sets`, one column each.

    The subsets of the design are the trainings. Ties within a relative 1e-6 go to the stronger
    penalty.
    """
    race = _Race(design, loss, sets, penalty, strengths)
    for at, rules in enumerate(_ROUNDS):
        race.run(rules, is_first=at == 0)
    return race.choice()


class _Race:
    def __init__(
        self,
        design: SparseDesign,
        loss: Loss,
        sets: TrainingSets,
        penalty: ElasticNetPenalty,
        strengths: Tensor,
    ) -> None:
        self.design, self.loss, self.sets = design, loss, sets
        self.rough = design.to(torch.float32)
        self.penalty, self.strengths = penalty, strengths
        shape = (len(sets), len(strengths))
        self.running = torch.ones(shape, dtype=torch.bool, device=strengths.device)
        self.converged = torch.zeros_like(self.running)
        self.losses = strengths.new_full(shape, torch.inf)
        # the weights of the inner problems, [g, n_inner, k, d + 1] for each strength
        self.weights: list[Tensor] = []

    def run(self, rules: _Round, *, is_first: bool) -> None:
        """Solve what still runs, strongest penalty first, and drop what lags."""
        several = self.running.sum(1) > 1
        for at in range(len(self.strengths)):
            sets = torch.nonzero(self.running[:, at] & several).squeeze(1)
            if is_first:
                before = self.weights[-1:]
                self.weights.extend(one.clone() for one in before)
            if len(sets):
                self._solve(sets, at, rules)
            if is_first and at:
                self._stop_rising(at, rules.lag)
        self.running &= self.losses <= self.losses.amin(1, keepdim=True) * (1 + rules.lag)

    def _stop_rising(self, at: int, lag: float) -> None:
        before, now = self.losses[:, at - 1], self.losses[:, at]
        least = self.losses[:, : at + 1].amin(1) * (1 + lag)
        self.running[:, at + 1 :] &= ~((before > least) & (now >= before))[:, None]

    def _solve(self, sets: Tensor, at: int, rules: _Round) -> None:
        trained, held_out = self.sets.inner_masks(sets)
        of_set = sets.repeat_interleave(self.sets.n_inner)
        strengths = self.strengths[at].expand(len(of_set))
        problems = self.penalty.problems(self.sets, trained, of_set, strengths)
        start = self.weights[at][sets].flatten(0, 1) if len(self.weights) > at else None
        found = self._found(problems, start, rules.tolerance)
        if len(self.weights) == at:
            shape = (len(self.sets), self.sets.n_inner, *found.weights.shape[1:])
            self.weights.append(found.weights.new_zeros(shape, dtype=torch.float32))
        by_set = found.weights.view(len(sets), -1, *found.weights.shape[1:])
        self.weights[at][sets] = by_set.to(torch.float32)
        logits = self.design.logits(found.weights.to(self.design.X.dtype))
        values = self.loss.value(logits, problems.targets) * held_out
        self.losses[sets, at] = values.sum(1).view(len(sets), -1).sum(1).nan_to_num(nan=torch.inf)
        limit = max(SOLVED, _POOR * rules.tolerance)
        self.converged[sets, at] = (found.violation <= limit).view(len(sets), -1).all(1)

    def _found(
        self, problems: SparseProblems, start: Tensor | None, tolerance: float
    ) -> SparseSolution:
        """Solutions in single precision, but for those that it cannot reach."""
        if not tolerance:
            return solve_sparse(self.design, self.loss, problems, start)
        found = minimise_sparse(
            self.rough, self.loss, problems.to(torch.float32), start, Method(tolerance, 600)
        )
        poor = torch.nonzero(found.violation > _POOR * tolerance).squeeze(1)
        if len(poor):
            exact = finish(self.design, self.loss, problems.rows(poor), found.rows(poor))
            found.weights[poor] = exact.weights.to(torch.float32)
            found.violation[poor] = exact.violation.to(torch.float32)
        return found

    def choice(self) -> Choice:
        """The strongest penalty among those that ended level."""
        strength = self.running.to(torch.uint8).argmax(1)
        rows = torch.arange(len(strength), device=strength.device)
        start = torch.stack(self.weights)[strength, rows]
        at_edge = (strength == 0) | (strength == len(self.strengths) - 1)
        return Choice(strength, start, at_edge, self.converged[rows, strength])
