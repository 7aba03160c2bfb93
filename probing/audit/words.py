"""Texts as words: runs of letters and digits, single characters where a script has no spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

MOST_CHARACTERS = 2000  # of a text: what identifies or betrays it stands there, and time is bounded

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTERS = r"\p{L}\p{M}\p{N}_"
_WORD = rf"[{_UNSPACED}]\p{{M}}*|[[{_LETTERS}]--[{_UNSPACED}]]+|[^\s{_LETTERS}]"

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of texts in lower case, one after another: `codes` index `names`.

    Those of text i are `codes[starts[i]:starts[i + 1]]`; `starts` is `[n_texts + 1]`.
    """

    codes: Ints
    starts: Ints
    names: Sequence[str]

    @property
    def counts(self) -> Ints:
        """How many words each text has, `[n_texts]`."""
        return np.diff(self.starts)

    @property
    def texts(self) -> Ints:
        """The text that each word stands in, aligned with `codes`."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)


def words_of(texts: Sequence[str]) -> Words:
    """The words and the punctuation of `texts`, of each its first 2,000 characters."""
    lowered = pl.Series(texts, dtype=pl.String).str.slice(0, MOST_CHARACTERS).str.to_lowercase()
    found = lowered.str.extract_all(_WORD)
    counts = found.list.len().to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    flat = found.filter(found.list.len() > 0).explode()
    frame = pl.DataFrame({"word": flat})
    names = frame["word"].unique(maintain_order=True)
    numbers = pl.DataFrame({"word": names, "code": np.arange(len(names))})
    codes = frame.join(numbers, on="word", how="left", maintain_order="left")["code"]
    return Words(codes.to_numpy().astype(np.int64), starts, names.to_list())
