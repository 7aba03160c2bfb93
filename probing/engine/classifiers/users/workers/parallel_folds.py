"""Fit the folds of a user's class in worker processes, where that pays."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.serial_folds import fitted_in_turn
from probing.engine.classifiers.users.workers.class_sources import Source, source_of
from probing.engine.classifiers.users.workers.pool import Pool, n_workers
from probing.engine.classifiers.users.workers.process import CannotWorkError

_START_S = 2.0


def fitted_by_workers(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Iterator[FoldFit | FoldFailure]:
    """The first folds here; the rest in workers, if that takes less time. The fits are the same.

    A class that only this process has, or that computes on a GPU, stays here.
    """
    source = _source(fitter, block)
    n = n_workers(block, len(places)) if source else 1
    left, paces = list(places), list[float]()
    began = time.perf_counter()
    for fit in fitted_in_turn(fitter, block, places):
        paces.append(time.perf_counter() - began)
        yield fit
        del left[0]
        if source and _pays(paces, len(left), n):
            break
        began = time.perf_counter()
    if left and source:
        yield from _worked(source, n, fitter, block, left)


def _source(fitter: FoldFitter, block: Block) -> Source | None:
    is_on_gpu = block.device != "cpu" and getattr(fitter.cls, "kind", "") == "MultiStepOpt"
    return None if is_on_gpu else source_of(fitter.cls)


def _pays(paces: Sequence[float], n_left: int, n: int) -> bool:
    """Whether `n` workers save more than they need to start; one pace may be a slow beginning."""
    if len(paces) < 2 and paces[0] < 2 * _START_S:
        return False
    return min(paces) * n_left * (1 - 1 / n) > _START_S


def _worked(
    source: Source, n: int, fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Iterator[FoldFit | FoldFailure]:
    left = dict.fromkeys(places)
    try:
        with Pool(n, source, fitter.parameters, block) as pool:
            for fit in pool.fits(places):
                del left[Place(fit.layer_at, fit.labelling_at, fit.fold)]
                yield fit
    except CannotWorkError:
        yield from fitted_in_turn(fitter, block, list(left))
