"""The control of a random direction: the classifier on what one random axis shows of a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.controls.given import Fits
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.splits import Labelling, seed_of


class RandomDirection:
    """Fits a classifier to one feature: the projection on a direction that each fold draws anew.

    Directions are uniform on the sphere, and of features that are scaled by the training rows
    where the block scales them. A fold has the same one in every layer of one width.
    """

    def __init__(self, classifier: Fits) -> None:
        self.classifier = classifier

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds."""
        for labelling_at, labelling in enumerate(block.labellings):
            for at, features in enumerate(projections(block, labelling)):
                part = replace(block, features=features, labellings=(_alone(labelling, at),))
                for fit in self.classifier.fit(replace(part, memo=None, directs=False)):
                    yield replace(fit, labelling_at=labelling_at, fold=at)


def projections(block: Block, labelling: Labelling) -> Tensor:
    """The one feature of each fold, `[n_folds, n_layers, n_texts, n_samples, 1]` in float32."""
    shape, folds = block.features.shape, labelling.folds
    masks = torch.zeros(len(folds), shape[1], dtype=torch.bool)
    for mask, fold in zip(masks, folds, strict=True):
        mask[torch.from_numpy(fold.train)] = True
    masks = masks.repeat_interleave(shape[2], dim=1).to(block.device)
    axes = torch.from_numpy(directions(labelling, shape[3])).to(block.device)
    found = torch.empty(len(folds), *shape[:3], 1)
    for layer_at, layer in enumerate(block.features):
        rows = standardised(Rows(layer.flatten(0, 1), torch.device(block.device)), scaled=False)
        own = axes
        if block.scale == "standard":
            own = axes / subset_moments(rows, masks).deviation.T
        found[:, layer_at] = rows.along(own).T.reshape(-1, *shape[1:3], 1)
    return found


def directions(labelling: Labelling, d: int) -> NDArray[np.float64]:
    """A direction of length 1 for each fold, `[d, n_folds]`."""
    drawn = [
        np.random.default_rng(seed_of(labelling.seed, "random_direction", at)).normal(size=d)
        for at in range(len(labelling.folds))
    ]
    axes: NDArray[np.float64] = np.stack(drawn, axis=1) / np.linalg.norm(drawn, axis=1)
    return axes


def _alone(labelling: Labelling, at: int) -> Labelling:
    """One fold of a labelling, with a seed of its own."""
    seed = seed_of(labelling.seed, "random_direction", at)
    folds, inner = (labelling.folds[at],), (labelling.inner[at],)
    return replace(labelling, folds=folds, inner=inner, seed=seed)
