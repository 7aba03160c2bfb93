"""The training, validation and test set of one fold, standardised by its training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from probing.blocks import Block
from probing.datasets.features import FeatureSet
from probing.errors import CellError
from probing.splits.types import Fold

Array = NDArray[np.float64]
Targets = NDArray[np.int64] | NDArray[np.float64]


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


def layer_features(block: Block, layer_at: int) -> Array:
    """The features of one layer, `[n_texts, n_samples, d]` in float64."""
    features: Array = block.features[layer_at].double().cpu().numpy()
    return features


def fold_sets(
    block: Block, features: Array, labelling_at: int, fold_at: int, as_tensors: bool
) -> FoldSets:
    """The sets of one fold: float64 arrays, or float32 tensors on the block's device.

    `features` are those of `layer_features`, read once for all folds of a layer. Raises
    `CellError` where features are not finite, or a class has no training text.
    """
    labelling = block.labellings[labelling_at]
    fold = labelling.folds[fold_at]
    _check_classes(block, labelling.targets[fold.train])
    n_samples = features.shape[1]
    parts = [features[rows].reshape(-1, features.shape[2]) for rows in _rows(fold)]
    targets = [labelling.targets[rows].repeat(n_samples) for rows in _rows(fold)]
    _check_finite(parts)
    if block.scale == "standard":
        parts = _standardised(parts)
    device = block.device if as_tensors else None
    made = [_set(part, target, device) for part, target in zip(parts, targets, strict=True)]
    return FoldSets(*made)


def _rows(fold: Fold) -> tuple[NDArray[np.int64], ...]:
    return fold.train, fold.val, fold.test


def _standardised(parts: list[Array]) -> list[Array]:
    """Centred and scaled by the first part; a feature that is constant there is only centred."""
    mean, spread = parts[0].mean(axis=0), parts[0].std(axis=0)
    rounding = 10 * np.finfo(np.float64).eps * np.abs(mean)
    spread = np.where(spread <= rounding, 1.0, spread)
    return [(part - mean) / spread for part in parts]


def _set(part: Array, targets: Targets, device: str | None) -> FeatureSet:
    if device is None:
        return FeatureSet(part, targets)
    return FeatureSet(torch.from_numpy(part).to(device, torch.float32), targets)


def _check_classes(block: Block, targets: Targets) -> None:
    if block.task == "regression":
        return
    counts = np.bincount(targets.astype(np.int64), minlength=block.n_classes)
    if not counts.all():
        raise CellError(f"class {int(counts.argmin())} has no training text")


def _check_finite(parts: list[Array]) -> None:
    broken = sum(int((~np.isfinite(part)).any(axis=1).sum()) for part in parts)
    if broken:
        n_rows = sum(len(part) for part in parts)
        raise CellError(f"features are not finite in {broken} of {n_rows} rows")
