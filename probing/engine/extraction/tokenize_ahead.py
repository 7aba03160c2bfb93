"""Tokenise texts in windows, in a thread that stays ahead of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.models import LMModel, Tokens
from probing.engine.models.distinct_texts import DistinctTexts

WINDOW = 2**15  # texts: enough that a batch finds texts of its length, few enough to be held
_CHUNK = 1000  # texts tokenised at a time
_POLL_S = 0.2


@dataclass(frozen=True)
class Window:
    """Neighbouring texts of those that are run: from the place `start` on, the texts `rows`."""

    start: int
    rows: NDArray[np.int64]
    tokens: Tokens

    def served(self, batch: Sequence[int]) -> NDArray[np.int64]:
        """The rows that a batch of texts, as places in the window, serves."""
        units = self.tokens.units
        return self.rows[batch] if units is None else units.rows[units.places(batch)].numpy()


class Ahead:
    """The windows of different texts, each of `size` texts; to be used as a context.

    `choices` are the terms by which poolers choose tokens. Of a `part` these are the windows of
    the texts in these places alone.

    `n_texts` and `n_tokens` tell how far tokenising is.
    """

    def __init__(
        self,
        model: LMModel,
        texts: DistinctTexts,
        size: int,
        choices: tuple[tuple[str, ...], ...] = (),
        part: range | None = None,
    ) -> None:
        self.choices = choices
        self.part = range(len(texts.rows)) if part is None else part
        self.model, self.texts, self.rows, self.size = model, texts, texts.rows, size
        self.n_texts = self.n_tokens = 0
        self._is_over = False
        self._thread = ThreadPoolExecutor(1, "tokenising")

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.shutdown(wait=True, cancel_futures=True)

    def windows(self, waiting: Callable[[], None]) -> Iterator[Window]:
        """Every window; `waiting` is called now and then where one is not there yet."""
        first, end = self.part.start, self.part.stop
        coming = self._thread.submit(self._tokenised, first)
        for start in range(first, end, self.size):
            tokens = _awaited(coming, waiting)
            if start + self.size < end:
                coming = self._thread.submit(self._tokenised, start + self.size)
            yield Window(start, self._rows(start), tokens)

    def _rows(self, start: int) -> NDArray[np.int64]:
        return self.rows[start : min(start + self.size, self.part.stop)]

    def _tokenised(self, start: int) -> Tokens:
        rows = self._rows(start)
        parts = []
        for at in range(0, len(rows), _CHUNK):
            if self._is_over:
                break
            chunk = rows[at : at + _CHUNK].tolist()
            some = slice(start + at, start + at + len(chunk))
            texts = [self.texts.texts[row] for row in chunk]
            asked = self.texts.asked(some, self.choices)
            parts.append(self.model.tokenise(texts, chunk, asked))
            self.n_texts += len(chunk)
            self.n_tokens += int(parts[-1].lengths.sum())
        return Tokens.joined(parts)


def _awaited(coming: Future[Tokens], waiting: Callable[[], None]) -> Tokens:
    while not wait([coming], timeout=_POLL_S).done:
        waiting()
    return coming.result()
