"""Fit a user's class in a separate process, which it can only kill alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.workers.class_sources import source_in_a_fork, source_of
from probing.engine.classifiers.users.workers.nursery import Nursery
from probing.engine.classifiers.users.workers.pool import Pool
from probing.engine.classifiers.users.workers.process import (
    BrokenError,
    CannotWorkError,
    DiedError,
)

NO_SOURCE = "it ended its process before, and a separate process cannot load its class"
NOT_LOADED = "it ended its process before, and fails to load in a separate process"


class Apart:
    """A class, and where it is fitted: in a fork of `nursery`, or else in a process that loads it.

    The fits are those that this process would make.
    """

    def __init__(
        self, cls: type, parameters: Mapping[str, Any], nursery: Nursery | None = None
    ) -> None:
        self.cls, self.parameters, self.nursery = cls, parameters, nursery
        self._source = source_of(cls) if nursery is None else source_in_a_fork(cls)

    def fits(self, block: Block, left: dict[Place, None]) -> Iterator[FoldFit | FoldFailure]:
        """The fits of the folds that are `left`, which are taken out as they come.

        Where the process dies, the cell that it was at has failed, and a new one goes on with the
        others. Raises `CannotWorkError` where none can be had, with nothing lost.
        """
        while left:
            try:
                for fit in self._stretch(block, list(left)):
                    _take_out(left, fit)
                    yield fit
                return
            except DiedError as death:
                yield from _failed(left, self._at_fault(block, list(left)), str(death))
            except BrokenError as broken:
                yield from _failed(left, list(left), str(broken))

    def surely(self, block: Block, left: dict[Place, None]) -> Iterator[FoldFit | FoldFailure]:
        """The same; where no process can be had, all folds have failed."""
        try:
            yield from self.fits(block, left)
        except CannotWorkError:
            reason = NO_SOURCE if self._source is None else NOT_LOADED
            yield from _failed(left, list(left), reason)

    def _stretch(self, block: Block, places: list[Place]) -> Iterator[FoldFit | FoldFailure]:
        if self._source is None:
            raise CannotWorkError
        given: dict[str, Any] = {"device": block.device, "n_threads": _n_threads()}
        with Pool(1, self._source, self.parameters, block, nursery=self.nursery, **given) as pool:
            yield from pool.stretch(places)

    def _at_fault(self, block: Block, left: list[Place]) -> list[Place]:
        """The folds that are left of the first one's cell; all of a class that takes blocks."""

        def cell(place: Place) -> tuple[int, str]:
            return place.layer_at, block.labellings[place.labelling_at].control

        if kind_of(self.cls) == "block":
            return left
        return [place for place in left if cell(place) == cell(left[0])]


def _take_out(left: dict[Place, None], fit: FoldFit | FoldFailure) -> None:
    place = Place(fit.layer_at, fit.labelling_at, fit.fold)
    if fit.fold == EVERY_FOLD:
        for one in [one for one in left if one[:2] == place[:2]]:
            del left[one]
    left.pop(place, None)


def _failed(left: dict[Place, None], places: Sequence[Place], reason: str) -> Iterator[FoldFailure]:
    for place in places:
        del left[place]
        yield FoldFailure(*place, reason)


def _n_threads() -> int:
    torch: Any = sys.modules.get("torch")
    return 1 if torch is None else int(torch.get_num_threads())
