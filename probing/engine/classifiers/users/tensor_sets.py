"""The sets of the folds of a layer as float32 tensors on the device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import Block
from probing.engine.classifiers.users.fold_sets import FoldSets, check_finite, parts_of
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows


class TensorLayer:
    """One layer of a block on its device, with the moments of all its training parts."""

    def __init__(self, block: Block, layer_at: int) -> None:
        self.block, self.n_samples = block, int(block.features.shape[2])
        features = block.features[layer_at].flatten(0, 1).to(block.device)
        self._broken = ~features.isfinite().all(1)
        if bool(self._broken.any()):
            # a fold that has such a row is refused, and it must not spoil the others
            features = features.masked_fill(self._broken[:, None], 0)
        rows = Rows(features)
        if block.scale == "standard":
            rows = standardised(rows, scaled=True)
            moments = subset_moments(rows, self._masks())
            self._shift = moments.mean.to(torch.float32)
            self._factor = moments.deviation.reciprocal().to(torch.float32)
        self.features = torch.empty(features.shape, device=rows.device)
        for at, piece in rows.pieces():
            self.features[at] = piece

    def sets(self, labelling_at: int, fold_at: int) -> FoldSets:
        """The sets of one fold; raises `CellError` where features are not finite."""
        labelling = self.block.labellings[labelling_at]
        fold, targets = labelling.folds[fold_at], labelling.targets
        rows = [self._samples(texts) for texts in parts_of(fold)]
        check_finite(int(self._broken[torch.cat(rows)].sum()), sum(map(len, rows)))
        made = [
            FeatureSet(self._cut(one, labelling_at, fold_at), targets[texts].repeat(self.n_samples))
            for one, texts in zip(rows, parts_of(fold), strict=True)
        ]
        return FoldSets(*made)

    def _cut(self, rows: Tensor, labelling_at: int, fold_at: int) -> Tensor:
        part = self.features.index_select(0, rows)
        if self.block.scale != "standard":
            return part
        at = sum(len(one.folds) for one in self.block.labellings[:labelling_at]) + fold_at
        return part.sub_(self._shift[at]).mul_(self._factor[at])

    def _samples(self, texts: np.ndarray) -> Tensor:
        rows = (texts[:, None] * self.n_samples + np.arange(self.n_samples)).reshape(-1)
        return torch.from_numpy(rows).to(self.features.device)

    def _masks(self) -> Tensor:
        """Whether a row is trained on, for every fold of every labelling, `[g, n]`."""
        folds = [fold for labelling in self.block.labellings for fold in labelling.folds]
        masks = np.zeros((len(folds), self.block.features.shape[1]), dtype=bool)
        for mask, fold in zip(masks, folds, strict=True):
            mask[fold.train] = True
        return torch.from_numpy(masks.repeat(self.n_samples, axis=1)).to(self.block.device)
