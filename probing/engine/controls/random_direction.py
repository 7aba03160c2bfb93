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
from probing.engine.solvers.networks.token_training import TokenReader
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.splits import Labelling, seed_of
from probing.engine.token_rows import TokenRows


class RandomDirection:
    """Fits a classifier to one feature: the projection on a direction that each fold draws anew.

    Directions are uniform on the sphere, and of features that are scaled by the training rows
    where the block scales them. A fold has the same one in every layer of one width. Of every token
    of a text a probe that reads these sees that one feature, scaled by the training tokens.
    """

    def __init__(self, classifier: Fits) -> None:
        self.classifier = classifier

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds."""
        for labelling_at, labelling in enumerate(block.labellings):
            for at, part in enumerate(_along(block, labelling)):
                own = replace(part, labellings=(_alone(labelling, at),), memo=None, directs=False)
                for fit in self.classifier.fit(own):
                    yield replace(fit, labelling_at=labelling_at, fold=at)


def _along(block: Block, labelling: Labelling) -> Iterator[Block]:
    """The block of each fold, in which all that is seen lies along the direction of the fold."""
    if block.tokens:
        for tokens in token_projections(block, labelling):
            yield replace(block, tokens=tokens)
        return
    for features in projections(block, labelling):
        yield replace(block, features=features)


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


def token_projections(block: Block, labelling: Labelling) -> Iterator[tuple[TokenRows, ...]]:
    """The one feature of every token of each layer, fold by fold."""
    masks = torch.zeros(len(labelling.folds), len(block.groups), dtype=torch.bool)
    for mask, fold in zip(masks, labelling.folds, strict=True):
        mask[torch.from_numpy(fold.train)] = True
    readers = [TokenReader(one, block.device) for one in block.tokens]
    axes = []
    for reader in readers:
        own = torch.from_numpy(directions(labelling, reader.rows.width)).to(block.device)
        if block.scale == "standard":
            own = own / reader.moments(masks)[1].double().T
        axes.append(own)
    for at in range(len(labelling.folds)):
        yield tuple(_seen_along(one, own[:, at]) for one, own in zip(readers, axes, strict=True))


def _seen_along(reader: TokenReader, axis: Tensor) -> TokenRows:
    every = reader.parts(torch.arange(len(reader.rows)))
    found = [(tokens.double() @ axis).float().cpu() for _, tokens, _ in every]
    return TokenRows.one_after_another(torch.cat(found)[:, None].numpy(), reader.rows.lengths)


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
