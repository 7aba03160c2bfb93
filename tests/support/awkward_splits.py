"""Splits and labellings that share rows, or leave out few, many or different ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from probing.engine.splits.types import Fold, Labelling
from tests.support.solver_cases import labelling


def overlapping(targets: np.ndarray, share: float, n_folds: int = 3, seed: int = 0) -> Labelling:
    """Random splits whose training part is about `share` of the rows, every class in it."""
    folds, inner = [], []
    for at in range(n_folds):
        rng = np.random.default_rng((seed, at))
        chance = rng.random(len(targets)) < share
        for label in np.unique(targets) if targets.dtype != np.float64 else ():
            chance[rng.permutation(np.flatnonzero(targets == label))[:4]] = True
        chance[rng.permutation(np.flatnonzero(chance))[:1]] = targets.dtype != np.float64
        train, rest = np.flatnonzero(chance), np.flatnonzero(~chance)
        folds.append(Fold(train, rest[:0], rest[2:]))
        inner.append(np.arange(len(train)) % 3)
    return Labelling("", 0, targets, tuple(folds), tuple(inner), seed)


def sharing_rows(targets: np.ndarray, n_folds: int = 3) -> tuple[Labelling, ...]:
    """The task, a permutation on the same rows, and one on rows of its own."""
    task = labelling(targets, n_folds)
    permuted = np.random.default_rng(1).permutation(targets)
    same = replace(task, targets=permuted, control="shuffled_labels")
    return task, same, labelling(permuted[::-1].copy(), n_folds, seed=5)
