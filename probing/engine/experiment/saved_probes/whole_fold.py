"""A block with a labelling whose only fold trains on all rows, and is tested on copies of some.

What a classifier does with a fold, it does with this one: it chooses strengths by inner folds,
and what stops early sets a validation part apart. The copies tell the scores of the fit; nothing
is chosen by them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.heads.closed_forms import TrainedRows
from probing.engine.experiment.feature_room import one_after_another
from probing.engine.splits import Fold, Labelling, seed_of
from probing.engine.splits.coding import held_out
from probing.engine.splits.folding import inner_folds

Ints = NDArray[np.int64]
MOST_COPIES = 256


@dataclass(frozen=True)
class WholeFold:
    """The block: its first labelling has the fold of all rows, a second one its own folds."""

    block: Block

    @property
    def targets(self) -> NDArray[Any]:
        """The targets of all texts, those of the copies behind them."""
        return self.block.labellings[0].targets

    def fold_of(self, fit: FoldFit) -> Fold:
        """The fold of a fit."""
        return self.block.labellings[fit.labelling_at].folds[fit.fold]

    def number_of(self, fit: FoldFit | FoldFailure) -> int | None:
        """The number of an own fold; None for the fold of all rows."""
        return fit.fold if fit.labelling_at else None

    def tested(self, fit: FoldFit) -> torch.Tensor:
        """The features `[n_tested, d]` of the texts that a fit was tested on, in float64."""
        rows = torch.from_numpy(self.fold_of(fit).test)
        return self.block.features[0, rows, 0].double()

    def partners(self, fit: FoldFit) -> torch.Tensor:
        """The features `[n_tested, d]` of their partners, in float64; their own of those alone."""
        rows = self.fold_of(fit).test
        assert self.block.partners is not None
        theirs = self.block.partners[rows]
        at = torch.from_numpy(np.where(theirs >= 0, theirs, rows))
        return self.block.features[0, at, 0].double()

    def trained(self, fit: FoldFit) -> TrainedRows:
        """The rows that a fit was fitted to; those of a validation part are not among them."""
        labelling = self.block.labellings[fit.labelling_at]
        rows, own = self.fold_of(fit).train, self.block
        features = own.features[0, torch.from_numpy(rows), 0]
        scaled = own.scale == "standard"
        targets = labelling.targets[rows]
        return TrainedRows(features, targets, own.task, own.n_classes, scaled)


def whole_fold(
    block: Block, spare: Path, *, val_size: float = 0.0, with_folds: bool = False
) -> WholeFold:
    """`block`, of one layer and one labelling, with the fold of all rows.

    `val_size` is the share of all rows that is set apart for early stopping; the own folds are
    left out unless asked for. These are fitted as they were: they draw the same random numbers.
    """
    labelling = block.labellings[0]
    copied = _copied(len(labelling.targets), block.partners)
    own = labelling.at(_behind(np.arange(len(labelling.targets)), copied))
    whole = _whole(block, labelling, copied, val_size)
    every = _behind(np.arange(len(labelling.targets)), copied)
    if block.tokens:  # features only stand for them
        features = torch.zeros(1).expand(1, len(every), *block.features.shape[2:])
    else:
        features = one_after_another([block.features, block.features[:, copied]], spare)
    return WholeFold(
        replace(
            block,
            features=features,
            tokens=tuple(one.of(every) for one in block.tokens),
            labellings=(whole, own) if with_folds else (whole,),
            groups=np.concatenate([block.groups, block.groups[copied]]),
            partners=_partners(block.partners, copied),
            halves=None if block.halves is None else _behind(block.halves, copied),
            memo=None,
            holds_out=True,
            directs=True,
            keeps=True,
        )
    )


def _copied(n: int, partners: Ints | None) -> Ints:
    """Rows spread over all, whole pairs of them."""
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST_COPIES)).astype(np.int64))
    if partners is None or not len(partners):
        return rows
    theirs = partners[rows]
    return np.unique(np.concatenate([rows, theirs[theirs >= 0]]))


def _whole(block: Block, labelling: Labelling, copied: Ints, val_size: float) -> Labelling:
    n, seed = len(labelling.targets), seed_of(labelling.seed, "whole")
    rows, own = np.arange(n), (labelling.targets, block.groups, block.task)
    held = held_out(rows, *own, val_size, seed_of(seed, "val"))
    fold = Fold(rows[~held], rows[held], n + np.arange(len(copied)))
    inner = inner_folds(rows, *own, seed_of(seed, "inner"))
    own_rows = labelling.at(_behind(rows, copied))
    return replace(own_rows, folds=(fold,), inner=(inner,), seed=seed)


def _behind(values: NDArray[Any], copied: Ints) -> NDArray[Any]:
    return np.concatenate([values, values[copied]])


def _partners(partners: Ints | None, copied: Ints) -> Ints | None:
    """The partner of a copy is the copy of its partner."""
    if partners is None or not len(partners):
        return partners
    place = np.full(len(partners), -1, dtype=np.int64)
    place[copied] = len(partners) + np.arange(len(copied))
    theirs = partners[copied]
    return np.concatenate([partners, np.where(theirs >= 0, place[theirs], -1)])
