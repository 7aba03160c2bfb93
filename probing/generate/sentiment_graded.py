"""How good or bad, from -1.0 to 1.0.

An adjective has a strength; an adverb multiplies it; `not` turns it round and halves it; of two
clauses joined by `but`, the first counts a quarter and the second three quarters, while `and`
weighs both alike. Labels are rounded to two decimals.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from probing.generate.rows import Row, phrases, sentence, without_repeats

ROWS = 2400
GRADABLE = {
    "good": 0.5, "nice": 0.4, "pleasant": 0.4, "agreeable": 0.4, "enjoyable": 0.5, "charming": 0.5,
    "impressive": 0.6, "interesting": 0.4, "memorable": 0.5, "lovely": 0.6, "decent": 0.3,
    "bad": -0.5, "dull": -0.4, "unpleasant": -0.5, "mediocre": -0.3, "boring": -0.5, "poor": -0.5,
    "disappointing": -0.5, "annoying": -0.4, "tiresome": -0.4, "uninspiring": -0.4, "dismal": -0.6,
}  # fmt: skip
EXTREME = {
    "superb": 0.9, "wonderful": 0.8, "brilliant": 0.9, "perfect": 1.0, "magnificent": 0.9,
    "splendid": 0.8, "terrible": -0.9, "awful": -0.8, "dreadful": -0.9, "horrible": -0.8,
    "appalling": -1.0, "atrocious": -0.9,
}  # fmt: skip
ADVERBS = {
    "": 1.0, "quite": 0.75, "fairly": 0.75, "rather": 0.75, "really": 1.25, "very": 1.25,
    "extremely": 1.5, "incredibly": 1.5,
}  # fmt: skip
EXTREME_ADVERBS = {"": 1.0, "absolutely": 1.1, "simply": 1.0, "truly": 1.1, "almost": 0.75}
NEGATED, FIRST_OF_CONTRAST = -0.5, 0.25

THINGS = phrases("""
the film; the hotel; the meal; the concert; the book; the lecture; the exhibition; the game;
the garden; the new office; the speech; the wedding; the tour; the play; the website; the flat
""")
SIDES = phrases("""
the beginning; the end; the first part; the second half; the idea; the result; the setting;
the price; the atmosphere; the design; the organisation; the finish
""")
OPENINGS = [""] * 5 + phrases("""
I must say that; we all thought that; most people said that; in my opinion,; as I remember it,;
between you and me,; on that occasion,; according to my brother,
""")

Scored = tuple[str, float]


def rows(rng: random.Random) -> list[Row]:
    """Sentences with their score; no score makes up more than a tenth of the rows."""
    drawn = (_row(rng) for _ in range(ROWS * 2))
    return list(without_repeats(drawn))[:ROWS]


def _row(rng: random.Random) -> Row:
    text, score = rng.choice(FORMS)(rng)
    return {"text": sentence(f"{rng.choice(OPENINGS)} {text}."), "label": _bounded(score)}


def _bounded(score: float) -> float:
    return round(max(-1.0, min(1.0, score)), 2) + 0.0


def _judgement(rng: random.Random) -> Scored:
    words, adverbs = (GRADABLE, ADVERBS) if rng.random() < 0.7 else (EXTREME, EXTREME_ADVERBS)
    word, adverb = rng.choice(list(words)), rng.choice(list(adverbs))
    return f"{adverb} {word}", _bounded(words[word] * adverbs[adverb])


def _plain(rng: random.Random) -> Scored:
    words, score = _judgement(rng)
    return f"{rng.choice(THINGS)} was {words}", score


def _negation(rng: random.Random) -> Scored:
    word = rng.choice(list(GRADABLE))
    negator = rng.choice(("not", "not really", "hardly", "not exactly", "not particularly"))
    return f"{rng.choice(THINGS)} was {negator} {word}", NEGATED * GRADABLE[word]


def _opposed(rng: random.Random) -> tuple[Scored, Scored]:
    first = second = _judgement(rng)
    while first[1] * second[1] > 0:
        second = _judgement(rng)
    return first, second


def _contrast(rng: random.Random) -> Scored:
    (first, weak), (second, strong) = _opposed(rng)
    side, other_side = rng.sample(SIDES, 2)
    frame = rng.choice(
        (
            "{a} was {first}, but {b} was {second}",
            "{a} was {first}; what counts, though, is that {b} was {second}",
            "although {a} was {first}, {b} was {second}",
        )
    )
    text = frame.format(a=side, first=first, b=other_side, second=second)
    return text, FIRST_OF_CONTRAST * weak + (1 - FIRST_OF_CONTRAST) * strong


def _sum(rng: random.Random) -> Scored:
    (first, one), (second, other) = _judgement(rng), _judgement(rng)
    side, other_side = rng.sample(SIDES, 2)
    frame = rng.choice(
        ("{a} was {first} and {b} was {second}", "{a} was {first}, and {b} {second}")
    )
    return frame.format(a=side, first=first, b=other_side, second=second), (one + other) / 2


FORMS: tuple[Callable[[random.Random], Scored], ...] = (_plain, _plain, _negation, _contrast, _sum)
