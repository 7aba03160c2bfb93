"""The tokens of texts, of which each has as many as it has: pages of a file, read when touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


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
