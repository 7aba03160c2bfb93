"""The fits of online codes in pieces, so that those of few texts are not solved among all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.controls import Fits
from probing.engine.solvers.rows.memory_budget import budget_bytes
from probing.engine.splits import Coding, Fold, Labelling, seed_of

Rows = NDArray[np.int64]
_ENDS = (0.09, 0.35, 1.0)  # of the texts: fits of up to so many are solved together


def code_fits(
    classifier: Fits, block: Block, codings: Sequence[Coding]
) -> Iterator[FoldFit | FoldFailure]:
    """Every fold of the codings, as if they were the labellings of the block.

    A layer that is too large to hold is fitted in one piece, and so is what reads no features.
    """
    n_bytes = block.features[0].nbytes
    whole = not n_bytes or n_bytes > budget_bytes(torch.device(block.device))
    start = -1.0
    for end in _ENDS[-1:] if whole else _ENDS:
        places = [_between(coding, start, end) for coding in codings]
        if any(places):
            for fit in classifier.fit(_piece(block, codings, places, end)):
                fold = fit.fold if fit.fold < 0 else places[fit.labelling_at][fit.fold]
                yield replace(fit, fold=fold)
        start = end


def _between(coding: Coding, start: float, end: float) -> list[int]:
    """The folds that train on more than `start` and at most `end` of the texts."""
    n = len(coding.rows)
    sizes = [len(fold.whole.train) / n for fold in coding.labelling.folds]
    return [at for at, size in enumerate(sizes) if start < size <= end]


def _piece(
    block: Block, codings: Sequence[Coding], places: Sequence[Sequence[int]], end: float
) -> Block:
    folds = [
        coding.labelling.folds[at]
        for coding, own in zip(codings, places, strict=True)
        for at in own
    ]
    used = np.unique(np.concatenate([np.r_[fold.whole.train, fold.test] for fold in folds]))
    if len(used) == len(block.groups):
        kept = [_some(coding.labelling, own) for coding, own in zip(codings, places, strict=True)]
        return replace(block, labellings=tuple(kept), holds_out=False, directs=False)
    place = np.full(len(block.groups), -1)
    place[used] = np.arange(len(used))
    kept = [
        _moved(_some(coding.labelling, own), used, place)
        for coding, own in zip(codings, places, strict=True)
    ]
    return replace(
        block,
        features=block.features[:, torch.from_numpy(used)],
        labellings=tuple(kept),
        groups=block.groups[used],
        memo=None,
        holds_out=False,
        directs=False,
    )


def _some(labelling: Labelling, ats: Sequence[int]) -> Labelling:
    """Some of the folds, with a seed that is theirs."""
    return replace(
        labelling,
        folds=tuple(labelling.folds[at] for at in ats),
        inner=tuple(labelling.inner[at] for at in ats),
        seed=seed_of(labelling.seed, *ats),
    )


def _moved(labelling: Labelling, used: Rows, place: Rows) -> Labelling:
    """The same among the rows that are `used`."""
    folds = (Fold(*(place[rows] for rows in (one.train, one.val, one.test)))
             for one in labelling.folds)  # fmt: skip
    return replace(labelling, targets=labelling.targets[used], folds=tuple(folds))
