"""Look at weaker penalties through one inner fold, where held-out losses have begun to rise.

Beyond the best strength, which for permuted labels is the strongest, losses rise in every inner
fold. The fold in which they have risen least is solved alone with the next strengths. One that is
behind there by more than its loss may still move, and than folds differed before, is taken to be
behind in all. That is no theorem; nothing is left out where one fold holds much of the loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.inner_solver import InnerSolver
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.movements import Movements
from probing.engine.solvers.penalised.places import Place
from probing.engine.solvers.penalised.race_rounds import BEHIND, FALL, LOOK, ROUGH, Round
from probing.engine.solvers.rows.design import Design

FEWEST_FOLDS = 3  # of which one is taken
_MOST_ITERATIONS = 60
_NEARER = (1e-3, 1e-4)  # gains that looks come to one after another


@dataclass(frozen=True)
class _Group:
    """One fold of each of some sets, with the strength that was solved last.

    `rows` `[s]` are the numbers of its problems, `weights` and `place` where they stand. `best` are
    the losses of these folds with the strengths that lead, `rise` what theirs is now as a multiple
    of that, `before` what it was a strength earlier, and `spread` what folds differed by.
    """

    sets: Tensor
    rows: Tensor
    weights: Tensor
    place: Place
    best: Tensor
    rise: Tensor
    before: Tensor
    spread: Tensor

    def some(self, rows: Tensor) -> _Group:
        """The folds of some of the sets."""
        names = ("sets", "rows", "weights", "best", "rise", "before", "spread")
        own = {name: getattr(self, name)[rows] for name in names}
        return _Group(place=self.place.rows(rows), **own)


class OneFoldAhead:
    """The sets of which one fold is looked at, grouped by when that began."""

    def __init__(self, inner: InnerSolver, movements: Movements) -> None:
        self.inner, self.movements = inner, movements
        self._groups: list[_Group] = []

    def look(
        self, rough: Design, sets: Tensor, best: Tensor, at: int, rules: Round
    ) -> tuple[Tensor, Tensor]:
        """Which sets are behind with a strength, and of which that ends the path: their numbers.

        All folds of the new `sets` are solved with the strength before; `best` lead there.
        """
        if len(sets):
            self._groups.append(self._entered(rough, sets, best, at - 1))
        looked = [self._looked(rough, one, at, rules) for one in self._groups]
        behind = [one.sets for one in looked]
        ends = [(one.before > 1 + FALL) & (one.rise >= one.before) for one in looked]
        ended = [one.sets[end] for one, end in zip(looked, ends, strict=True)]
        going = [one.some(~end) for one, end in zip(looked, ends, strict=True)]
        self._groups = [one for one in going if len(one.sets)]
        nothing = sets[:0]
        return torch.cat([nothing, *behind]), torch.cat([nothing, *ended])

    def _entered(self, rough: Design, sets: Tensor, best: Tensor, at: int) -> _Group:
        losses, n_inner = self.movements.losses, self.inner.problems.n_inner
        rises = losses[sets, at] / losses[sets, best]
        rise, fold = rises.min(1)
        weights = torch.stack([self.inner.weights[number, at] for number in sets.tolist()])[
            torch.arange(len(sets), device=sets.device), fold
        ].to(rough.dtype)
        rows = sets * n_inner + fold
        problems = self.inner.problems.some(rows, self.inner.strengths[at], rough.dtype)
        return _Group(
            sets=sets,
            rows=rows,
            weights=weights,
            place=Place.of(rough, self.inner.loss, problems, weights),
            best=losses[sets, best].gather(1, fold[:, None]).squeeze(1),
            rise=rise,
            before=rise,
            spread=rises.amax(1) - rise,
        )

    def _looked(self, rough: Design, group: _Group, at: int, rules: Round) -> _Group:
        """The sets of a group that are behind with a strength, and stand there.

        A look is enough far behind; the nearer, the better solved.
        """
        group = replace(group, before=group.rise.clone(), rise=group.rise.clone())
        left = torch.arange(len(group.sets), device=group.sets.device)
        far = group.before > 1 + BEHIND
        first = torch.where(far, LOOK, _NEARER[-1]).to(rough.dtype)
        for gains in (first, *(first.clamp_max(gain) for gain in (*_NEARER, rules.tolerance))):
            if not len(left):
                break
            behind = self._is_behind(rough, group, left, at, gains[left])
            left = left[~behind]
        lost = torch.ones_like(group.sets, dtype=torch.bool)
        lost[left] = False
        return group.some(torch.nonzero(lost).squeeze(1))

    def _is_behind(
        self, rough: Design, group: _Group, left: Tensor, at: int, gains: Tensor
    ) -> Tensor:
        """Solve some of a group as far as that, and tell which are behind, `[len(left)]`."""
        own = group.some(left)
        problems = self.inner.problems.some(own.rows, self.inner.strengths[at], rough.dtype)
        found = minimise(
            rough,
            self.inner.loss,
            problems,
            own.weights,
            at_once=gains,
            max_iterations=_MOST_ITERATIONS,
            place=own.place,
        )
        group.weights[left] = found.weights
        group.place.put(left, own.place)
        values = self.inner.loss.value(own.place.logits, problems.targets)
        rise = self.inner.problems.fold_losses(own.rows, values) / own.best
        group.rise[left] = rise
        gain = found.gain.to(rise.dtype)
        # a rough loss is trusted by so much, and errors go with the root of a gain
        lag = FALL * (gain / ROUGH).sqrt()
        lag = torch.maximum(lag, self.movements.may_move(own.sets, at, gain).clamp_max(FALL))
        clear = rise > 1 + lag + own.spread
        far = rise > torch.maximum(1 + FALL + own.spread, own.before * (1 + BEHIND))
        behind: Tensor = found.converged & torch.where(gain <= ROUGH, clear, far)
        return behind
