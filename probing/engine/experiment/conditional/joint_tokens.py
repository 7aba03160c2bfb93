"""The tokens of texts beside a baseline: what each text has stands beside each of its tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.token_rows import Tokens

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OfEachText:
    """Features `[n_texts, b]` of texts, the same for every one of a text's tokens."""

    features: Tensor
    lengths: Ints

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return self.features.shape[1]

    def __len__(self) -> int:
        return len(self.lengths)

    def of(self, texts: Ints) -> OfEachText:
        """Those of some texts."""
        return OfEachText(self.features[torch.from_numpy(texts)], self.lengths[texts])

    def read(self, texts: Ints) -> tuple[Tensor, Tensor]:
        """The features of all tokens of some texts, and how many each has."""
        lengths = torch.from_numpy(self.lengths[texts])
        return self.features[torch.from_numpy(texts)].repeat_interleave(lengths, 0), lengths


@dataclass(frozen=True, eq=False)
class SideBySide:
    """The same tokens of the same texts, twice: the features of `left` before those of `right`."""

    left: Tokens
    right: Tokens

    @property
    def lengths(self) -> Ints:
        """How many tokens each text has, `[n_texts]`."""
        return self.right.lengths

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return self.left.width + self.right.width

    def __len__(self) -> int:
        return len(self.right)

    def of(self, texts: Ints) -> SideBySide:
        """Those of some texts."""
        return SideBySide(self.left.of(texts), self.right.of(texts))

    def read(self, texts: Ints) -> tuple[Tensor, Tensor]:
        """The tokens of some texts, text by text, and how many each has."""
        (before, _), (behind, lengths) = self.left.read(texts), self.right.read(texts)
        return torch.cat([before, behind], dim=1), lengths


@dataclass(frozen=True, eq=False)
class Standardised:
    """Tokens less a mean, divided by a deviation, `[d]` each."""

    tokens: Tokens
    mean: Tensor
    deviation: Tensor

    @property
    def lengths(self) -> Ints:
        """How many tokens each text has, `[n_texts]`."""
        return self.tokens.lengths

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return self.tokens.width

    def __len__(self) -> int:
        return len(self.tokens)

    def of(self, texts: Ints) -> Standardised:
        """Those of some texts."""
        return Standardised(self.tokens.of(texts), self.mean, self.deviation)

    def read(self, texts: Ints) -> tuple[Tensor, Tensor]:
        """The tokens of some texts, text by text, and how many each has."""
        tokens, lengths = self.tokens.read(texts)
        return (tokens - self.mean) / self.deviation, lengths


def featureless(tokens: Tokens) -> OfEachText:
    """The same tokens, of which nothing is known."""
    return OfEachText(torch.empty(len(tokens), 0), tokens.lengths)
