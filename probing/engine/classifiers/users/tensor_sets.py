"""The sets of the folds of a layer as float32 tensors on the device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import Block
from probing.engine.classifiers.users.fold_sets import FoldSets, check_finite, parts_of
from probing.engine.solvers.rows.scaling import subset_moments, sum_of
from probing.engine.solvers.rows.streamed_rows import Rows


class TensorLayer:
    """One layer of a block on its device; what it cuts is standardised by the training rows.

    That is done in float64 from those rows alone, so that no other row has a say in a digit.
    """

    def __init__(self, block: Block, layer_at: int) -> None:
        self.block, self.n_samples = block, int(block.features.shape[2])
        features = block.features[layer_at].flatten(0, 1).to(block.device)
        self._broken = ~features.isfinite().all(1)
        self.features = features

    def sets(self, labelling_at: int, fold_at: int) -> FoldSets:
        """The sets of one fold; raises `CellError` where features are not finite."""
        labelling = self.block.labellings[labelling_at]
        fold, targets = labelling.folds[fold_at], labelling.targets
        rows = [self._samples(texts) for texts in parts_of(fold)]
        check_finite(int(self._broken[torch.cat(rows)].sum()), sum(map(len, rows)))
        parts = [self.features.index_select(0, one).to(torch.float32) for one in rows]
        if self.block.scale == "standard":
            parts = _standardised(parts)
        made = [
            FeatureSet(part, targets[texts].repeat(self.n_samples))
            for part, texts in zip(parts, parts_of(fold), strict=True)
        ]
        return FoldSets(*made)

    def _samples(self, texts: np.ndarray) -> Tensor:
        rows = (texts[:, None] * self.n_samples + np.arange(self.n_samples)).reshape(-1)
        return torch.from_numpy(rows).to(self.features.device)


def _standardised(parts: list[Tensor]) -> list[Tensor]:
    """Centred and scaled by the first part; a feature that is constant there is only centred."""
    train = Rows(parts[0])
    everything = torch.ones(1, len(train), dtype=torch.bool, device=train.device)
    mean = sum_of(train, everything)[0] / len(train)
    deviation = subset_moments(train.about(mean), everything).deviation[0]
    return [((part - mean) / deviation).to(torch.float32) for part in parts]
