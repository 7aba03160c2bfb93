"""Which activations of a text are replaced by those of its twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from probing.interventions.requests import Patch

RANDOM, OTHER = "random", "other_text"
EVERYWHERE = -1


@dataclass(frozen=True)
class Spot:
    """One layer, and one token of a text (counted from 0), or `EVERYWHERE`.

    `control` is empty for what is asked; `draw` numbers random directions, or the other texts.
    """

    layer: int
    position: int
    control: str = ""
    draw: int = 0


def spots_of(request: Patch, length: int, first: int) -> list[Spot]:
    """The spots of twins of `length` tokens, the `first` of which that differs has that number.

    What stands before it is the same in both, so nothing is replaced there.
    """
    return list(_spots(request, length, first))


def _spots(request: Patch, length: int, first: int) -> Iterator[Spot]:
    for layer in request.layers:
        for position in (*range(first, length), EVERYWHERE):
            yield Spot(layer, position)
            for draw in range(request.n_random):
                yield Spot(layer, position, control_of(request), draw)


def control_of(request: Patch) -> str:
    """What stands beside a patch: random directions, or whole activations of other texts."""
    return RANDOM if request.along else OTHER


@dataclass(frozen=True)
class Donor:
    """A text whose activations are the control: that of a pair, or its twin (`side` 1)."""

    pair: int
    side: int


def donors_of(request: Patch, at: int) -> list[Donor]:
    """The texts of other pairs whose activations are put into the text of pair `at`, as a control.

    Each is the one of its pair that answers as the text does, where the pair has the same two
    answers the other way round that is its twin: so it carries what a text of another pair
    carries, but not the answer of the twin. Pairs of the same group, and texts of this pair, are
    no others. There are at most `n_random`, drawn by the seed.
    """
    twins, answers, groups = request.twins, request.answers, request.groups
    turned = answers[at][::-1]
    every = [
        Donor(pair, int(answers[pair] == turned))
        for pair in range(len(twins))
        if groups[pair] != groups[at]
    ]
    others = [one for one in every if twins[one.pair][one.side] not in twins[at]]
    rng = np.random.default_rng([request.seed, at])
    n = min(request.n_random, len(others))
    return [others[place] for place in rng.choice(len(others), n, replace=False)] if n else []
