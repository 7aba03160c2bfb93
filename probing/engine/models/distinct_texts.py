"""The different texts among those of a dataset, and which rows each of them serves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.models.span_tokens import MarkedRows

Ints = NDArray[np.int64]


class DistinctTexts:
    """The texts that are run, each once.

    `rows` `[n_run]` are the first rows that have each of them, `text_at` `[n_rows]` says which of
    them each row has, and `copies` `[n_run]` how many rows each serves. `source` `[n_rows]` is the
    row whose features each row gets: without `spans`, `[n_rows, n_spans, 2]`, that of the same
    text; with them its own.
    """

    def __init__(self, texts: Sequence[str], spans: Ints | None = None) -> None:
        self.texts, self.spans = texts, spans
        first = _first_of_its_kind(texts)
        self.rows, self.text_at = np.unique(first, return_inverse=True)
        self.copies = np.bincount(self.text_at, minlength=len(self.rows))
        self.first = first
        self.source = first if spans is None else np.arange(len(texts))
        self._by_text = np.argsort(self.text_at, kind="stable")
        self._starts = np.cumsum(self.copies) - self.copies

    def __len__(self) -> int:
        return len(self.texts)

    def marked(self, some: slice) -> MarkedRows | None:
        """The rows of some of the texts that are run, with their spans; None without spans."""
        if self.spans is None:
            return None
        counts = self.copies[some]
        start = self._starts[some.start]
        rows = self._by_text[start : start + counts.sum()]
        return MarkedRows(rows, counts, self.spans[rows])


def _first_of_its_kind(texts: Sequence[str]) -> Ints:
    """For each text the place of the first that is the same, `[n_texts]`."""
    first: dict[str, int] = {}
    places = (first.setdefault(text, at) for at, text in enumerate(texts))
    return np.fromiter(places, dtype=np.int64, count=len(texts))
