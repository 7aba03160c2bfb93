"""Fit a class that killed the runner in a separate process, which it can only kill alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.workers.class_sources import source_of
from probing.engine.classifiers.users.workers.pool import Pool
from probing.engine.classifiers.users.workers.process import CannotWorkError, DiedError

NO_SOURCE = "it ended its process before, and a separate process cannot load its class"
NOT_LOADED = "it ended its process before, and fails to load in a separate process"


def fitted_apart(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Iterator[FoldFit | FoldFailure]:
    """The fits that this process would make, made by another.

    Where that dies, the cell that it was at has failed, and a new one goes on with the others.
    """
    left = dict.fromkeys(places)
    while left:
        try:
            for fit in _fits(fitter, block, list(left)):
                del left[Place(fit.layer_at, fit.labelling_at, fit.fold)]
                yield fit
        except CannotWorkError:
            yield from _failed(left, NO_SOURCE if source_of(fitter.cls) is None else NOT_LOADED)
            return
        except DiedError as death:
            at_fault = _cell_mates(block, list(left))
            yield from _failed(at_fault, str(death))
            for place in at_fault:
                del left[place]


def _fits(fitter: FoldFitter, block: Block, places: list[Place]) -> Iterator[FoldFit | FoldFailure]:
    source = source_of(fitter.cls)
    if source is None:
        raise CannotWorkError
    with Pool(1, source, fitter, block, device=block.device, n_threads=_n_threads()) as pool:
        yield from pool.stretch(places)


def _cell_mates(block: Block, left: list[Place]) -> list[Place]:
    """The folds that are left of the first one's cell."""

    def cell(place: Place) -> tuple[int, str]:
        return place.layer_at, block.labellings[place.labelling_at].control

    return [place for place in left if cell(place) == cell(left[0])]


def _failed(places: Sequence[Place] | dict[Place, None], reason: str) -> Iterator[FoldFailure]:
    return (FoldFailure(*place, reason) for place in places)


def _n_threads() -> int:
    torch: Any = sys.modules.get("torch")
    return 1 if torch is None else int(torch.get_num_threads())
