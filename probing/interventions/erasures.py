"""What is erased where: one unit of work of an erasing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probing.interventions.requests import Erase

PLAIN, LEACE, MEAN, RANDOM = "none", "leace", "mean", "random"
EVERY = -1


@dataclass(frozen=True)
class Erasure:
    """One way to erase at one place, fitted on the training part of one fold.

    `layers` are edited one after another: one layer, or all from the first to the last. `draw`
    numbers the random subspaces.
    """

    fold: int
    method: str
    layers: tuple[int, ...]
    draw: int = 0

    @property
    def key(self) -> str:
        """Its name among the units of the request."""
        place = f"{self.layers[0]}" if len(self.layers) == 1 else "all"
        return f"{self.fold}/{place}/{self.method}/{self.draw}"


def erasures_of(request: Erase, n_folds: int) -> list[Erasure]:
    """All erasures of a request, fold by fold; the model as it is comes first in each."""
    return [one for fold in range(n_folds) for one in _of_fold(request, fold)]


def plain_of(request: Erase, fold: int) -> Erasure:
    """The model as it is, read from the first layer on that is edited anywhere."""
    return Erasure(fold, PLAIN, (min(min(layers) for layers in request.places),))


def _of_fold(request: Erase, fold: int) -> Iterator[Erasure]:
    yield plain_of(request, fold)
    for layers in request.places:
        yield from (Erasure(fold, method, layers) for method in request.methods)
        yield from (Erasure(fold, RANDOM, layers, draw) for draw in range(request.n_random))
