"""The tokens of texts, of which each has as many as it has: pages of a file, read when touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Tokens(Protocol):
    """The tokens of each of some texts."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has, `[n_texts]`."""

    @property
    def width(self) -> int:
        """The number of features of a token."""

    def __len__(self) -> int: ...

    def of(self, texts: NDArray[np.int64]) -> Self:
        """Those of some texts, of the same pages."""

    def read(self, texts: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """The tokens of some texts, text by text, `[n_tokens, d]`, and how many each has."""


@dataclass(frozen=True, eq=False)
class TokenRows:
    """Activations of tokens, `[n_tokens, d]` in float32, and where those of each text lie.

    `starts` and `lengths` are `[n_texts]`; a text's tokens follow one another.
    """

    values: NDArray[np.float32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def one_after_another(
        cls, values: NDArray[np.float32], lengths: NDArray[np.int64]
    ) -> TokenRows:
        """The tokens of all texts in order."""
        return cls(values, np.cumsum(lengths) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return int(self.values.shape[1])

    def of(self, texts: NDArray[np.int64]) -> TokenRows:
        """Those of some texts, of the same pages."""
        return TokenRows(self.values, self.starts[texts], self.lengths[texts])

    def read(self, texts: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """The tokens of some texts, text by text, `[n_tokens, d]`, and how many each has."""
        lengths = self.lengths[texts]
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        rows = np.repeat(self.starts[texts], lengths) + within
        return torch.from_numpy(self.values[rows]), torch.from_numpy(lengths)


@dataclass(frozen=True, eq=False)
class JoinedTokens:
    """The tokens of texts of several datasets: `part` and `place` `[n_texts]` say where each is."""

    parts: Sequence[Tokens]
    part: NDArray[np.int64]
    place: NDArray[np.int64]

    @classmethod
    def one_after_another(cls, parts: Sequence[Tokens]) -> JoinedTokens:
        """All texts of each dataset, then those of the next."""
        part = np.repeat(np.arange(len(parts)), [len(one) for one in parts])
        return cls(parts, part, np.concatenate([np.arange(len(one)) for one in parts]))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has, `[n_texts]`."""
        lengths = np.zeros(len(self), dtype=np.int64)
        for at, one in enumerate(self.parts):
            lengths[self.part == at] = one.lengths[self.place[self.part == at]]
        return lengths

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return self.parts[0].width

    def of(self, texts: NDArray[np.int64]) -> JoinedTokens:
        """Those of some texts, of the same pages."""
        return JoinedTokens(self.parts, self.part[texts], self.place[texts])

    def read(self, texts: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """The tokens of some texts, text by text, `[n_tokens, d]`, and how many each has."""
        order = np.argsort(self.part[texts], kind="stable")
        in_parts = texts[order]
        found = [
            one.read(self.place[own])
            for at, one in enumerate(self.parts)
            if len(own := in_parts[self.part[in_parts] == at])
        ]
        lots = torch.split(torch.cat([tokens for tokens, _ in found]),
                           torch.cat([lengths for _, lengths in found]).tolist())  # fmt: skip
        kept = [lots[at] for at in np.argsort(order, kind="stable").tolist()]
        return torch.cat(kept), torch.tensor([len(one) for one in kept])
