"""The features of a baseline: the same in every fold, or those that each fold has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.splits import Labelling, seed_of
from probing.engine.token_rows import Tokens
from probing.errors import CellError

if TYPE_CHECKING:
    from probing.engine.experiment.conditional.word_features import WordFeatures

Place = tuple[int, tuple[int, ...]]  # a labelling of the block, and some folds of it


@dataclass(frozen=True)
class Piece:
    """Labellings with some of their folds, which share features; `places` are those in the block.

    `features` are `[n_texts, n_samples, d]` in float32, with one sample where all of a text's
    samples have the same; of a baseline that has some for each token they are those `tokens`.
    Where they are `scaled`, their scale is their own, and those of a layer beside them are to be
    scaled by the training part of the one fold.
    """

    labellings: tuple[Labelling, ...]
    places: tuple[Place, ...]
    features: Tensor
    scaled: bool = False
    tokens: Tokens | None = None


class Baseline(Protocol):
    """What gives the features of a baseline for the labellings of a block."""

    def pieces(self, block: Block) -> Iterator[Piece]:
        """The features, with the labellings and folds that they serve."""
        ...


class OfTexts:
    """Features that do not depend on the fold: another layer, or lengths."""

    def __init__(self, features: Callable[[], Tensor]) -> None:
        self.features = features

    def pieces(self, block: Block) -> Iterator[Piece]:
        """One piece; raises `CellError` where the features are not finite."""
        features = self.features()
        if not features.isfinite().all():
            raise CellError("the activations of the baseline contain NaN or infinity")
        yield Piece(block.labellings, _every_fold(block), features)


class OfTokens:
    """The tokens of another layer."""

    def __init__(self, tokens: Callable[[], Tokens]) -> None:
        self.tokens = tokens

    def pieces(self, block: Block) -> Iterator[Piece]:
        """One piece."""
        nothing = torch.empty(len(block.groups), 1, 0)
        yield Piece(block.labellings, _every_fold(block), nothing, tokens=self.tokens())


class OfWords:
    """The words of each text, as the training part of each fold weighs them."""

    def __init__(self, words: WordFeatures) -> None:
        self.words = words

    def pieces(self, block: Block) -> Iterator[Piece]:
        """A piece for every fold."""
        for labelling_at, labelling in enumerate(block.labellings):
            for at in range(len(labelling.folds)):
                features = torch.from_numpy(self.words.of(labelling.folds[at].train)[:, None])
                places = ((labelling_at, (at,)),)
                yield Piece((_alone(labelling, at),), places, features, scaled=True)


def _every_fold(block: Block) -> tuple[Place, ...]:
    return tuple((at, tuple(range(len(one.folds)))) for at, one in enumerate(block.labellings))


def _alone(labelling: Labelling, at: int) -> Labelling:
    """One fold of a labelling, with a seed of its own."""
    seed = seed_of(labelling.seed, "beside words", at)
    return replace(labelling, folds=(labelling.folds[at],), inner=(labelling.inner[at],), seed=seed)
