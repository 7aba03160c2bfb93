"""Number of words, in five bins; every bin draws on the same topics."""

from __future__ import annotations

import random
from collections.abc import Iterator

from probing.generate.rows import Row, sentence
from probing.generate.words.plain_sentences import sized_words

ROWS_PER_BIN = 440
BINS = {
    "very_short": (4, 5),
    "short": (6, 8),
    "medium": (9, 13),
    "long": (14, 19),
    "very_long": (20, 28),
}


def rows(rng: random.Random) -> list[Row]:
    """As many sentences in each bin."""
    return [row for label in BINS for row in _of_bin(rng, label)]


def _of_bin(rng: random.Random, label: str) -> Iterator[Row]:
    texts: set[str] = set()
    while len(texts) < ROWS_PER_BIN:
        text = sentence(" ".join(sized_words(rng, *BINS[label])) + ".")
        if text not in texts:
            texts.add(text)
            yield {"text": text, "label": label}
