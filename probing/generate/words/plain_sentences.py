"""Plain sentences of any length, as lists of words."""

from __future__ import annotations

import random

from probing.generate.words.plain_words import ADVERBS, RELATIVES, TIMES, TOPICS, Topic

DETERMINERS = ("the", "the", "a", "my", "our", "every", "another", "the other")


def plain_words(rng: random.Random, size: float) -> list[str]:
    """A sentence on one topic; `size` in 0..1 is the chance of each optional part."""
    topic = rng.choice(TOPICS)
    words = _clause(rng, topic, size)
    while rng.random() < size * 0.6:
        words += [rng.choice(("and", "but", "while", "because")), *_clause(rng, topic, size)]
    return words


def sized_words(rng: random.Random, fewest: int, most: int) -> list[str]:
    """A sentence of `fewest` to `most` words, every number of words as likely."""
    target = rng.randint(fewest, most)
    while True:
        words = plain_words(rng, min(1.0, target / 30))
        if len(words) == target:
            return words


def _clause(rng: random.Random, topic: Topic, size: float) -> list[str]:
    parts = [_noun_phrase(rng, topic.doers, topic.adjectives, 0.0)]
    if rng.random() < size * 0.5:
        parts.append(f", {rng.choice(RELATIVES)},")
    if rng.random() < size:
        parts.append(rng.choice(ADVERBS))
    parts += [rng.choice(topic.verbs), _object(rng, topic, size)]
    if rng.random() < size:
        parts.append(rng.choice(topic.places))
    if rng.random() < size:
        parts.append(rng.choice(TIMES))
    return " ".join(parts).replace(" ,", ",").split()


def _object(rng: random.Random, topic: Topic, size: float) -> str:
    if rng.random() < 0.25 * (1 - size):
        return rng.choice(("it", "everything", "them", "something", "nothing"))
    return _noun_phrase(rng, topic.things, topic.adjectives, size)


def _noun_phrase(rng: random.Random, nouns: list[str], adjectives: list[str], size: float) -> str:
    adjective = rng.choice(adjectives) if rng.random() < size else ""
    return f"{rng.choice(DETERMINERS)} {adjective} {rng.choice(nouns)}"
