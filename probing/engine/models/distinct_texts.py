"""The different texts among those of a dataset, and which rows each of them serves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.datasets.marks.chats import Chats
from probing.datasets.rows.equal_rows import first_rows, numbered
from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.continuations import Continuations
from probing.engine.models.span_tokens import MarkedRows

Ints = NDArray[np.int64]


class DistinctTexts:
    """The texts that are run, each once.

    `rows` `[n_run]` are the first rows that have each of them, `text_at` `[n_rows]` says which of
    them each row has, and `copies` `[n_run]` how many rows each serves. `source` `[n_rows]` is the
    row whose features each row gets: without `spans`, `[n_rows, n_spans, 2]`, that of the same
    text; with them its own. `chats` are the turns of each row's text. Each text that is run is
    continued by up to `generate` tokens, its `continuations` `[n_run]`, None while there are none.
    """

    def __init__(
        self,
        texts: Sequence[str],
        spans: Ints | None = None,
        chats: Chats | None = None,
        generate: int = 0,
        continuations: Continuations | None = None,
    ) -> None:
        self.texts, self.spans, self.chats = texts, spans, chats
        self.generate, self.continuations = generate, continuations
        first = first_rows(texts if chats is None else list(zip(texts, chats.turns, strict=True)))
        self.rows = np.flatnonzero(first == np.arange(len(first)))
        self.text_at = numbered(first)
        self.copies = np.bincount(self.text_at, minlength=len(self.rows))
        self.first = first
        self.source = first if spans is None else np.arange(len(texts))

    def __len__(self) -> int:
        return len(self.texts)

    def continued(self, by: Continuations) -> DistinctTexts:
        """The same texts with what they are continued by."""
        return DistinctTexts(self.texts, self.spans, self.chats, self.generate, by)

    def asked(self, some: slice, choices: tuple[tuple[str, ...], ...] = ()) -> Asked:
        """What is looked for in some of the texts that are run."""
        chats = None if self.chats is None else self.chats.of(self.rows[some].tolist())
        known = self.continuations
        behind = None if known is None else known.of(range(some.start, some.stop))
        return Asked(self._marked(some), choices, chats, self.generate, behind)

    @cached_property
    def _by_text(self) -> Ints:
        return np.argsort(self.text_at, kind="stable")

    def _marked(self, some: slice) -> MarkedRows | None:
        if self.spans is None:
            return None
        counts = self.copies[some]
        start = self.copies[: some.start].sum()
        rows = self._by_text[start : start + counts.sum()]
        return MarkedRows(rows, counts, self.spans[rows])
