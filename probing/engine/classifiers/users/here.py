"""Fit a user's class in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.serial_folds import networks_together
from probing.engine.classifiers.users.workers.parallel_folds import fitted_by_workers


def fitted_here(
    cls: type, parameters: Mapping[str, Any], block: Block, places: Sequence[Place]
) -> Iterator[FoldFit | FoldFailure]:
    """The fits of these folds; a class that takes whole blocks makes them all.

    Networks are trained together where that gives what training one by one does; all else is
    fitted one by one, in worker processes where that takes long.
    """
    if kind_of(cls) == "block":
        yield from cls(**parameters).fit(block)
        return
    fitter = FoldFitter(cls, parameters)
    rest = yield from networks_together(fitter, block, places)
    yield from fitted_by_workers(fitter, block, rest)
