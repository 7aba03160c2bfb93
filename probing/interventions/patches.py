"""Which activations of a text are replaced by those of its twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probing.interventions.requests import Patch

RANDOM = "random"
EVERYWHERE = -1


@dataclass(frozen=True)
class Spot:
    """One layer, and one token of a text (counted from 0), or `EVERYWHERE`.

    `control` is empty for the probe's direction and for whole activations; `draw` numbers random
    directions.
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
            if request.along:
                draws = range(request.n_random)
                yield from (Spot(layer, position, RANDOM, draw) for draw in draws)
