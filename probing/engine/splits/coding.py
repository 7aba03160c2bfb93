"""The steps of an online code: train on what was sent, send the next part.

Voita and Titov (2020), "Information-theoretic probing with minimum description length".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole, deal, strata_of
from probing.engine.splits.folding import inner_folds
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Fold, Labelling
from probing.spec.values import CODE_FRACTIONS

LEAST = 2  # texts of every class that a probe is trained on


@dataclass(frozen=True)
class Coding:
    """The texts in the order in which their labels are sent, `rows` `[n]`, and the fits.

    The folds of `labelling` train on the first texts and are tested on the next; what none of
    them tests is sent by the uniform code.
    """

    rows: NDArray[np.int64]
    labelling: Labelling

    @property
    def whole(self) -> Coding:
        """The same for what does not stop early."""
        return replace(self, labelling=self.labelling.whole)


def make_coding(
    labelling: Labelling, groups: Whole, task: str, val_size: float, seed: int
) -> Coding:
    """The online code of the labels that folds may train on, all but those of a given test part.

    Groups are sent in a random order, which knows nothing of the labels, and each is sent whole:
    parts end at the group that is nearest to 0.1, 0.2, … 50 and 100 % of the texts. `val_size` is
    the share of each training part that is set apart for early stopping. Parts have no fit until
    the texts sent hold two of every class, and in more than one inner fold.
    """
    rows, ends = _parts(_sent(labelling), groups, seed)
    n_classes = len(np.unique(labelling.targets[rows]))
    folds, inner = [], []
    for at, (start, end) in enumerate(pairwise(ends)):
        sent, targets = rows[:start], labelling.targets
        known, counts = np.unique(targets[sent], return_counts=True)
        if len(known) < n_classes or counts.min() < LEAST:
            continue
        held = held_out(sent, targets, groups, task, val_size, seed_of(seed, "val", at))
        folds.append(Fold(sent[~held], sent[held], rows[start:end]))
        whole = folds[-1].whole.train
        inner.append(inner_folds(whole, targets, groups, task, seed_of(seed, "inner", at)))
        if lacks_inside(targets[whole], inner[-1]):
            folds.pop(), inner.pop()
    coded = replace(
        labelling, folds=tuple(folds), inner=tuple(inner), seed=seed_of(labelling.seed, "code")
    )
    return Coding(rows, coded)


def lacks_inside(targets: NDArray[np.generic], inner: NDArray[np.int8]) -> bool:
    """Whether a class stands in one inner fold alone: fits that leave it out know nothing of it."""
    pairs = np.unique(np.stack([np.unique(targets, return_inverse=True)[1], inner]), axis=1)
    return bool((np.bincount(pairs[0]) < 2).any())


def _sent(labelling: Labelling) -> NDArray[np.int64]:
    if len(labelling.folds) == 1:
        return labelling.folds[0].whole.train
    return np.arange(len(labelling.targets))


def _parts(
    rows: NDArray[np.int64], groups: Whole, seed: int
) -> tuple[NDArray[np.int64], Sequence[int]]:
    """The rows in their order, and where the parts end, each after another."""
    own = np.unique(groups[rows], return_inverse=True)[1]
    rank = np.random.default_rng(seed).permutation(int(own.max()) + 1)[own]
    order = np.argsort(rank, kind="stable")
    after = np.cumsum(np.bincount(rank))
    wanted = np.asarray(CODE_FRACTIONS) * len(rows)
    nearest = np.abs(after[None, :] - wanted[:, None]).argmin(axis=1)
    return rows[order], np.unique(after[nearest]).tolist()


def held_out(
    rows: NDArray[np.int64],
    targets: NDArray[np.generic],
    groups: Whole,
    task: str,
    val_size: float,
    seed: int,
) -> NDArray[np.bool_]:
    """Which of the `rows` are set apart for early stopping, `[len(rows)]`: `val_size` of them."""
    if not val_size or len(np.unique(groups[rows])) < 2:
        return np.zeros(len(rows), dtype=bool)
    own = np.unique(groups[rows], return_inverse=True)[1]
    part = deal(own, strata_of(targets[rows], task), (val_size, 1 - val_size), seed)
    is_held: NDArray[np.bool_] = part == 0
    return is_held
