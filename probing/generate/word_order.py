"""Sentences as written and with two neighbouring words exchanged."""

from __future__ import annotations

import random

from probing.generate.rows import Row, sentence
from probing.generate.words.plain_sentences import DETERMINERS, sized_words
from probing.generate.words.plain_words import TOPICS

PAIRS = 1250
WORDS = (7, 16)
_FUNCTION_WORDS = {"a", "an", *DETERMINERS} - {"every", "the other"} | {"who", "and", "because"}
_PREPOSITIONS = {"on", "in", "at", "by", "near", "behind", "along", "after", "during", "beyond"}
_ADJECTIVES = {word for topic in TOPICS for word in topic.adjectives}
LEFT_WORDS = _FUNCTION_WORDS | _PREPOSITIONS | _ADJECTIVES
"""Words after which the order is fixed: exchanged with the next, they make no sentence."""


def rows(rng: random.Random) -> list[Row]:
    """Pairs of one bag of words, original and swapped."""
    pairs: dict[str, str] = {}
    while len(pairs) < PAIRS:
        original = sentence(" ".join(sized_words(rng, *WORDS)) + ".")
        places = swappable(original.split())
        if places:
            pairs[original] = _swapped(original.split(), rng.choice(places))
    return [row for number, pair in enumerate(pairs.items()) for row in _rows(pair, number)]


def swappable(words: list[str]) -> list[int]:
    """Where a word and the next can change places: not at the start, the end or a comma."""
    return [
        index
        for index in range(1, len(words) - 2)
        if words[index] in LEFT_WORDS
        and words[index + 1].isalpha()
        and (words[index], words[index + 1]) != ("in", "late")
    ]


def _swapped(words: list[str], index: int) -> str:
    return " ".join([*words[:index], words[index + 1], words[index], *words[index + 2 :]])


def _rows(pair: tuple[str, str], number: int) -> list[Row]:
    group = f"sentence {number}"
    return [
        {"text": text, "label": label, "group": group}
        for text, label in zip(pair, ("original", "swapped"), strict=True)
    ]
