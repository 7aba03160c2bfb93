"""The training, validation and test set of one fold, standardised by its training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import Block
from probing.engine.classifiers.bases.feature_arrays import on_cpu
from probing.engine.splits.types import Fold
from probing.errors import CellError

Array = NDArray[np.float64]


class Place(NamedTuple):
    """Which fold of a block: of which layer and labelling."""

    layer_at: int
    labelling_at: int
    fold: int


@dataclass(frozen=True)
class FoldSets:
    """The three parts; the samples of a text stand one after another, in the fold's order."""

    train: FeatureSet
    val: FeatureSet
    test: FeatureSet

    @property
    def input_size(self) -> int:
        """The number of features."""
        return int(self.train.features.shape[1])


class LayerSets(Protocol):
    """One layer of a block, from which the sets of its folds are cut."""

    def sets(self, labelling_at: int, fold_at: int) -> FoldSets:
        """The sets of one fold."""
        ...


class ArrayLayer:
    """One layer of a block as arrays; what it cuts is in float64."""

    def __init__(self, block: Block, layer_at: int) -> None:
        self.block = block
        self.features = np.asarray(on_cpu(block.features[layer_at]))

    def sets(self, labelling_at: int, fold_at: int) -> FoldSets:
        """The sets of one fold; raises `CellError` where features are not finite."""
        labelling = self.block.labellings[labelling_at]
        fold, targets = labelling.folds[fold_at], labelling.targets
        n_samples, d = self.features.shape[1:]
        parts = [self.features[rows].reshape(-1, d).astype(np.float64) for rows in parts_of(fold)]
        check_finite(
            sum(int((~np.isfinite(part)).any(axis=1).sum()) for part in parts),
            sum(map(len, parts)),
        )
        if self.block.scale == "standard":
            parts = _standardised(parts)
        labels = [targets[rows].repeat(n_samples) for rows in parts_of(fold)]
        return FoldSets(*map(FeatureSet, parts, labels))


def check_classes(block: Block, place: Place, least: int) -> None:
    """Raise `CellError` for a class with fewer than `least` training texts."""
    if block.task == "regression":
        return
    labelling = block.labellings[place.labelling_at]
    classes = labelling.targets[labelling.folds[place.fold].train].astype(np.int64)
    counts = np.bincount(classes, minlength=block.n_classes)
    fewest = int(counts.argmin())
    if not counts[fewest]:
        raise CellError(f"class {fewest} has no training texts")
    if counts[fewest] < least:
        count = int(counts[fewest])
        texts = f"{count} training text{'s' if count > 1 else ''}"
        raise CellError(f"class {fewest} has {texts}; at least {least} are needed")


def parts_of(fold: Fold) -> tuple[NDArray[np.int64], ...]:
    """The texts of the training, validation and test part."""
    return fold.train, fold.val, fold.test


def check_finite(n_broken: int, n_rows: int) -> None:
    """Raise `CellError` where rows hold what is not a finite number."""
    if n_broken:
        raise CellError(f"features are not finite in {n_broken} of {n_rows} rows")


def _standardised(parts: list[Array]) -> list[Array]:
    """Centred and scaled by the first part; a feature that is constant there is only centred."""
    mean, spread = parts[0].mean(axis=0), parts[0].std(axis=0)
    rounding = 10 * np.finfo(np.float64).eps * np.abs(mean)
    spread = np.where(spread <= rounding, 1.0, spread)
    return [(part - mean) / spread for part in parts]
