"""Fit some folds of a block among the rows that they use, so that few are not solved among all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFailure, FoldFit, TextScores
from probing.engine.controls import Fits
from probing.engine.solvers.rows.memory_budget import budget_bytes
from probing.engine.splits import Fold, Labelling, seed_of

Rows = NDArray[np.int64]


def takes_all_rows(block: Block) -> bool:
    """Whether rows cannot be left out: of a layer too large to copy, or of no features."""
    n_bytes = block.features[0].nbytes
    return not n_bytes or n_bytes > budget_bytes(torch.device(block.device))


def fits_of_folds(
    classifier: Fits, block: Block, some: Sequence[tuple[Labelling, Sequence[int]]]
) -> Iterator[FoldFit | FoldFailure]:
    """The fits of some folds of labellings, numbered as these are, in rows of the whole block.

    Of each labelling the folds `ats`; the place of a labelling in `some` is its number.
    """
    labellings = [_some(labelling, ats) for labelling, ats in some]
    used = _used(block, labellings)
    for fit in classifier.fit(_among(block, labellings, used)):
        ats = some[fit.labelling_at][1]
        fit = replace(fit, fold=fit.fold if fit.fold < 0 else ats[fit.fold])
        yield fit if isinstance(fit, FoldFailure) or used is None else _in_all(fit, used)


def _some(labelling: Labelling, ats: Sequence[int]) -> Labelling:
    """Some of the folds, with a seed that is theirs."""
    return replace(
        labelling,
        folds=tuple(labelling.folds[at] for at in ats),
        inner=tuple(labelling.inner[at] for at in ats),
        seed=seed_of(labelling.seed, *ats),
    )


def _used(block: Block, labellings: Sequence[Labelling]) -> Rows | None:
    """The rows that some fold trains on or tests; None where these are all, or must be."""
    if takes_all_rows(block):
        return None
    folds = [fold for labelling in labellings for fold in labelling.folds]
    used = np.unique(np.concatenate([np.r_[fold.whole.train, fold.test] for fold in folds]))
    return None if len(used) == len(block.groups) else used


def _among(block: Block, labellings: Sequence[Labelling], used: Rows | None) -> Block:
    plain = replace(block, labellings=tuple(labellings), holds_out=False, directs=False)
    if used is None:
        return plain
    place = np.full(len(block.groups), -1)
    place[used] = np.arange(len(used))
    return replace(
        plain,
        features=block.features[:, torch.from_numpy(used)],
        tokens=tuple(one.of(used) for one in block.tokens),
        labellings=tuple(_moved(labelling, used, place) for labelling in labellings),
        groups=block.groups[used],
        memo=None,
    )


def _moved(labelling: Labelling, used: Rows, place: Rows) -> Labelling:
    """The same among the rows that are `used`."""
    folds = (Fold(*(place[rows] for rows in (one.train, one.val, one.test)))
             for one in labelling.folds)  # fmt: skip
    return replace(labelling.at(used), folds=tuple(folds))


def _in_all(fit: FoldFit, used: Rows) -> FoldFit:
    """The texts that a fit names, as the whole block numbers them."""

    def named(scores: TextScores | None) -> TextScores | None:
        return None if scores is None else TextScores(used[scores.texts], scores.scores)

    return replace(fit, held_out=named(fit.held_out), seen=named(fit.seen), inner=named(fit.inner))
