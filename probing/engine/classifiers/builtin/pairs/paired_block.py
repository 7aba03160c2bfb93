"""What a block says of pairs: which texts stand in one, and what of it is trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import Block
from probing.engine.splits import Fold, Labelling
from probing.errors import CellError

Ints = NDArray[np.int64]
ALONE = -1


def partners_of(block: Block) -> Ints:
    """The partner of each text, `[n_texts]`; -1 where it has none, or a split comes between.

    Raises `CellError` where no pair is left.
    """
    partners = np.full(block.features.shape[1], ALONE, dtype=np.int64)
    if block.partners is not None and len(block.partners):
        partners[:] = block.partners
    for labelling in block.labellings:
        for fold in labelling.folds:
            partners[_parted(partners, _parts(fold, len(partners)))] = ALONE
    if (partners == ALONE).all():
        hint = 'name the column that two texts of a pair share with pair = "..."'
        raise CellError("there are no pairs of texts", hint=hint)
    return partners


def alone_flag(alone: NDArray[np.bool_]) -> str:
    """The flag on a fit of a block in which some texts have no partner."""
    return f"{int(alone.sum())} texts in no pair score 0"


def _parts(fold: Fold, n_texts: int) -> Ints:
    """1 for texts that are trained on, 2 for those tested, 0 for others."""
    parts = np.zeros(n_texts, dtype=np.int64)
    parts[fold.whole.train], parts[fold.test] = 1, 2
    return parts


def _parted(partners: Ints, parts: Ints) -> NDArray[np.bool_]:
    """Texts whose partner is on the other side of a split."""
    other = parts[partners]
    parted: NDArray[np.bool_] = (partners != ALONE) & (parts != other) & (parts > 0) & (other > 0)
    return parted


def training_texts(labelling: Labelling, at: int, partners: Ints) -> Ints:
    """The texts that a fold trains on whose partner it trains on too, and is of another class."""
    train = labelling.folds[at].train
    theirs = partners[train]
    kept = np.isin(theirs, train) & (labelling.targets[train] != labelling.targets[theirs])
    texts: Ints = train[kept & (theirs != ALONE)]
    return texts


def differences(block: Block, partners: Ints) -> Block:
    """The block of each text less its partner; what a fold trains on are its whole pairs.

    A text without a partner is 0 in every feature. Folds set no validation part apart.
    """
    X, alone = block.features, torch.from_numpy(partners == ALONE)
    found = X - X[:, torch.from_numpy(np.maximum(partners, 0))]
    found[:, alone] = 0
    labellings = tuple(_of_pairs(one, partners) for one in block.labellings)
    name = "pairs", block.name
    return replace(block, features=found, labellings=labellings, name=name, memo=None)


def _of_pairs(labelling: Labelling, partners: Ints) -> Labelling:
    folds, inner = [], []
    for at, fold in enumerate(labelling.folds):
        train = training_texts(labelling, at, partners)
        folds.append(Fold(train, np.zeros(0, dtype=np.int64), fold.test))
        inner.append(labelling.inner_of(at)[np.isin(fold.train, train)])
    return replace(labelling, folds=tuple(folds), inner=tuple(inner))
