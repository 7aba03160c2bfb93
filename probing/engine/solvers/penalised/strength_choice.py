"""Choose C (the penalty strength) inside each training set, by its inner folds.

All strengths are first solved roughly (more tightly where that takes little), from the strongest
penalty on; the others are solved again, more tightly each round, those of least loss first, and
those that are clearly behind leave. Where the held-out loss has risen to more than 1.3 times its
least value, and the next strength makes it rise further, the weaker penalties after them are not
tried.

The choice is meant to be that of exact solutions of all strengths, and what is left at the end is
solved exactly; but that nothing better left before is no theorem. It rests on how far losses of
rough solutions have been seen to move: by at most the shares in `race_rounds`, and by what
`movements` takes from those of the same training part. Only a strong penalty bounds the
weights (`held_out_losses`). `python -m benchmarks.strength_choices` counts choices that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.race_rounds import EXACT, NEAR, ROUNDS, Round
from probing.engine.solvers.penalised.strength_race import Race
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets

_FAR_OUT = 1e3


@dataclass(frozen=True)
class Choice:
    """For each training set the index of its strength, `[g]`, and weights to start a refit from:
    those of the inner folds `[g, n_inner, k, r + 1]`, as exact as the race was when it ended.

    `near` says that they are all within single precision of their solutions, `at_edge`
    says that the strength is the first or the last of those offered, `converged` that
    its inner problems were solved. Of a set that is not, after a brief race, nothing else holds.
    """

    strength: Tensor
    start: Tensor | None
    at_edge: Tensor
    converged: Tensor
    near: bool = False

    @classmethod
    def given(cls, n_sets: int, strengths: Tensor) -> Choice:
        """The only one of `strengths`, for every set."""
        first = torch.zeros(n_sets, dtype=torch.int64, device=strengths.device)
        return cls(first, None, first > 0, first == 0)


def choose_strength(
    design: Design,
    loss: Loss,
    sets: TrainingSets,
    strengths: Tensor,
    *,
    brief: bool = False,
    rounds: Sequence[Round] = ROUNDS,
) -> Choice:
    """Race `strengths` (inverse, as C: weakest penalty last) over the inner folds of `sets`.

    The subsets of the design's penalty are the trainings of `sets`.
    Ties within a relative 1e-6 go to the stronger penalty. A brief race gives a training up, as
    not converged, as soon as one of its problems takes long: for who has another way.
    With the `rounds` that are `EXACT` no strength leaves before it is solved exactly.
    """
    race = Race(design, loss, sets, strengths, brief)
    for rules in EXACT if _has_outliers(design, sets) else rounds:
        race.run(rules)
    return _choice(race)


def _has_outliers(design: Design, sets: TrainingSets) -> bool:
    """Whether single rows are so far out that rough solutions say nothing of their loss.

    Far beside the rows that a set trains on, and beside what these differ by: rows that it does
    not train on may be many, and move the origin away from it.
    """
    lengths, trained = design.lengths(), sets.distinct_masks
    usual = lengths.masked_fill(~trained, torch.nan).nanmedian(1).values
    shares = (trained / trained.sum(1, keepdim=True)).to(design.dtype)
    centres = design.pull(shares.unsqueeze(1))[:, 0, :-1]
    spread = shares @ lengths - centres.square().sum(1)
    return bool(lengths.max() > _FAR_OUT * torch.minimum(usual, spread).amin())


def _choice(race: Race) -> Choice:
    """The strongest penalty among those that ended level."""
    strength = race.running.to(torch.uint8).argmax(1)
    start = torch.stack(
        [
            race.inner.weights[number, at].to(race.strengths.dtype)
            for number, at in enumerate(strength.tolist())
        ]
    )
    at_edge = (strength == 0) | (strength == len(race.strengths) - 1)
    rows = torch.arange(len(strength), device=strength.device)
    converged = race.converged[rows, strength] & ~race.given_up
    near = bool((race.reached[rows, strength] <= NEAR).all())
    return Choice(strength, start, at_edge, converged, near)
