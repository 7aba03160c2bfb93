"""Fit a classifier to the features of a baseline beside those of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit
from probing.engine.controls import Fits
from probing.engine.experiment.conditional.baselines import Baseline, Piece
from probing.engine.experiment.conditional.joint_tokens import (
    OfEachText,
    SideBySide,
    Standardised,
)
from probing.engine.experiment.feature_room import room_for
from probing.engine.solvers.networks.token_training import TokenReader
from probing.engine.token_rows import Tokens
from probing.errors import CellError

_TEXTS = 4096  # that are copied together


class Beside:
    """Fits a classifier to [the baseline; the features]; to the baseline where there are none.

    Features that memory should not hold go to an unnamed file in the folder `spare`.
    """

    def __init__(self, classifier: Fits, baseline: Baseline, spare: Path) -> None:
        self.classifier, self.baseline, self.spare = classifier, baseline, spare

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; raises `CellError` where there is no baseline."""
        for piece in self.baseline.pieces(block):
            train = None
            if piece.scaled and block.scale == "standard":
                train = piece.labellings[0].folds[0].train
            part = replace(
                self._joined(block, piece, train),
                labellings=piece.labellings,
                scale="none" if piece.scaled else block.scale,
                memo=None,
                name=(),
                holds_out=False,
                directs=False,
            )
            for fit in self.classifier.fit(part):
                yield from _placed(fit, piece)

    def _joined(self, block: Block, piece: Piece, train: NDArray[np.int64] | None) -> Block:
        """The block whose features, or tokens, stand behind those of the baseline."""
        if block.tokens:
            own = tuple(_beside_tokens(piece, one, block.device, train) for one in block.tokens)
            stand_in = torch.zeros(1).expand(*block.features.shape[:3], own[0].width)
            return replace(block, tokens=own, features=stand_in)
        return replace(block, features=joined(piece.features, block.features, self.spare, train))


def _beside_tokens(
    piece: Piece, tokens: Tokens, device: str, train: NDArray[np.int64] | None
) -> SideBySide:
    """The baseline before each token, which is standardised by those of the texts of `train`."""
    before = piece.tokens or OfEachText(piece.features[:, 0], tokens.lengths)
    if train is None or not tokens.width:
        return SideBySide(before, tokens)
    mask = torch.zeros(1, len(tokens), dtype=torch.bool)
    mask[0, torch.from_numpy(train)] = True
    (mean,), (deviation,) = (one.cpu() for one in TokenReader(tokens, device).moments(mask))
    return SideBySide(before, Standardised(tokens, mean, deviation))


def _placed(fit: FoldFit | FoldFailure, piece: Piece) -> Iterator[FoldFit | FoldFailure]:
    labelling_at, folds = piece.places[fit.labelling_at]
    if fit.fold == EVERY_FOLD:
        yield from (replace(fit, labelling_at=labelling_at, fold=at) for at in folds)
    else:
        yield replace(fit, labelling_at=labelling_at, fold=folds[fit.fold])


def joined(
    baseline: Tensor, features: Tensor, spare: Path, train: NDArray[np.int64] | None = None
) -> Tensor:
    """The baseline's features `[n_texts, n_samples, b]` before those of every layer.

    Both become `[n_layers, n_texts, n_samples, b + d]`; those of layers are standardised by the
    texts of `train`, if these are given. Raises `CellError` where a text has other numbers of
    samples in them.
    """
    n_layers, n_texts, n_samples, d = features.shape
    b = baseline.shape[2]
    if baseline.shape[1] not in (1, n_samples):
        what = f"a text has {n_samples} samples, but {baseline.shape[1]} of the baseline"
        raise CellError(what, hint="use a pooler that makes one of each text")
    made = room_for((n_layers, n_texts, n_samples, b + d), spare)
    for layer_at in range(n_layers):
        mean, deviation = _moments(features[layer_at], train)
        for at in range(0, n_texts, _TEXTS):
            rows = slice(at, at + _TEXTS)
            made[layer_at, rows, :, :b] = baseline[rows].numpy()
            made[layer_at, rows, :, b:] = (features[layer_at, rows].numpy() - mean) / deviation
    return torch.from_numpy(made)


def _moments(
    layer: Tensor, train: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation of each column over the texts of `train`; 0 and 1 without them."""
    d = layer.shape[2]
    mean, square = np.zeros(d), np.zeros(d)
    if train is None or not d:
        return mean.astype(np.float32), np.ones(d, dtype=np.float32)
    parts = [train[at : at + _TEXTS] for at in range(0, len(train), _TEXTS)]
    n = len(train) * layer.shape[1]
    for part in parts:
        mean += layer[part].double().sum(dim=(0, 1)).numpy() / n
    for part in parts:
        square += ((layer[part].double().numpy() - mean) ** 2).sum(axis=(0, 1)) / n
    deviation = np.where(square > 0, np.sqrt(square), 1.0)
    return mean.astype(np.float32), deviation.astype(np.float32)
