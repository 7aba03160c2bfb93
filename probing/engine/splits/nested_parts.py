"""Nested parts of the training rows of every fold, for learning curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.coding import LEAST, held_out, lacks_inside
from probing.engine.splits.dealing import Whole, deal, strata_of
from probing.engine.splits.folding import inner_folds
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Fold, Labelling, Rows


@dataclass(frozen=True)
class Part:
    """A labelling whose folds train on a `fraction` of their rows, and test on the same rows.

    `lacking` says why it cannot be fitted, and is empty where it can. `shared` is the share of
    the fits' luck in their training rows that a mean over folds keeps, 0 to 1: all of it where
    all train on the same rows, one part in the number of folds where no two share any.
    """

    fraction: float
    labelling: Labelling
    lacking: str
    shared: float


def nested_parts(
    labelling: Labelling, groups: Whole, task: str, fractions: Sequence[float]
) -> list[Part]:
    """A part for each of the rising `fractions`, each nested in the next, groups whole.

    Every fold draws its own, stratified by class or decile. Inside each part the inner folds are
    cut anew, and so is the validation part of what stops early; both kinds of labellings have
    parts of the same rows.
    """
    seed = seed_of(labelling.seed, "part")
    drawn = [
        _slices(fold.whole.train, labelling.targets, groups, task, fractions, seed_of(seed, at))
        for at, fold in enumerate(labelling.folds)
    ]
    return [
        _part(labelling, groups, task, fraction, [slices <= at for slices in drawn])
        for at, fraction in enumerate(fractions)
    ]


def _slices(
    rows: Rows,
    targets: NDArray[np.generic],
    groups: Whole,
    task: str,
    fractions: Sequence[float],
    seed: int,
) -> Whole:
    """The first of the fractions whose part holds a row, `[n_texts]`; out of reach for others."""
    slices = np.full(len(targets), len(fractions) + 1)
    shares = np.diff([0.0, *fractions, 1.0]).tolist()
    slices[rows] = deal(groups[rows], strata_of(targets[rows], task), shares, seed)
    return slices


def _part(
    labelling: Labelling,
    groups: Whole,
    task: str,
    fraction: float,
    kept: Sequence[NDArray[np.bool_]],
) -> Part:
    seed = seed_of(labelling.seed, "part", str(fraction))
    folds, inner, lacks = [], [], []
    for at, (fold, own) in enumerate(zip(labelling.folds, kept, strict=True)):
        rows = np.flatnonzero(own)
        val_size = len(fold.val) / len(fold.whole.train)
        if len(rows) < LEAST:
            lacks.append("the groups are too large, or too few, to take a part of them")
            break
        held = held_out(rows, labelling.targets, groups, task, val_size, seed_of(seed, "val", at))
        folds.append(Fold(rows[~held], rows[held], fold.test))
        inner.append(inner_folds(rows, labelling.targets, groups, task, seed_of(seed, at)))
        lacks += _lack(labelling.targets, fold.whole.train, folds[-1], inner[-1], task)
    part = replace(labelling, folds=tuple(folds), inner=tuple(inner), seed=seed)
    return Part(fraction, part, lacks[0] if lacks else "", _shared(kept))


def _lack(
    targets: NDArray[np.generic], whole: Rows, fold: Fold, inner: NDArray[np.int8], task: str
) -> list[str]:
    """Why a classifier cannot learn from a part of the `whole` rows, if it cannot."""
    if not len(fold.train):
        return ["nothing is left to train on beside the validation part"]
    if task == "regression":
        return []
    known, counts = np.unique(targets[fold.train], return_counts=True)
    lacks = len(known) < len(np.unique(targets[whole])) or counts.min() < LEAST
    if lacks or lacks_inside(targets[fold.whole.train], inner):
        return ["too few texts of a class to train on"]
    return []


def _shared(kept: Sequence[NDArray[np.bool_]]) -> float:
    """1/k + (1 - 1/k) times the share of a part that another fold's part has, on average."""
    masks, k = np.stack(kept).astype(np.float32), len(kept)
    both = masks @ masks.T
    own = float(both.diagonal().mean())
    if k == 1 or not own:
        return 1.0
    overlap = (both.sum() - both.trace()) / (k * (k - 1)) / own
    return float(1 / k + (1 - 1 / k) * min(overlap, 1.0))
