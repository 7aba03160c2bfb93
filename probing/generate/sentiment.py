"""Positive and negative judgements; most wordings set a word against what is meant."""

from __future__ import annotations

import random

from probing.generate.rows import Row, sentence, whole_groups
from probing.generate.words.sentiment_words import DOMAINS, OPENINGS, PEOPLE, TAILS

PAIRS = 1300

PLAIN = (
    "{x} was {meant} {tail}.",
    "I found {x} {meant} {tail}.",
    "{x} turned out to be {meant} {tail}.",
    "{x} was as {meant} as can be {tail}.",
    "{part} was {meant}, and so was {part2}.",
    "what a {meant} experience {x} was {tail}!",
)
NEGATED = (
    "{x} was not at all {opposite} {tail}.",
    "{x} was anything but {opposite} {tail}.",
    "{x} was far from {opposite} {tail}.",
    "I would never call {x} {opposite}.",
    "nobody could say that {x} was {opposite}.",
    "there was nothing {opposite} about {x} {tail}.",
    "neither {part} nor {part2} was {opposite}.",
)
CONTRASTED = (
    "{x} seemed {opposite} at first but was {meant} in the end.",
    "{x} started out {opposite} and ended up {meant}.",
    "{who} told me that {x} would be {opposite}, but it was {meant}.",
    "I expected something {opposite}, and {x} was {meant}.",
    "what was once {opposite} about {x} is now {meant}.",
    "{x} was {meant}, even though {who} had called it {opposite}.",
    "{x} was {meant}, not {opposite} as {who} had claimed.",
    "{part} may have been {opposite}, yet {x} as a whole was {meant}.",
    "despite {part}, which was {opposite}, I thought {x} was {meant}.",
    "if {who} told you that {x} was {opposite}, do not believe it: it was {meant}.",
    "{x} used to be {opposite}; these days it is {meant}.",
)
FAMILIES = (PLAIN, NEGATED, CONTRASTED)
SHARES = (0.25, 0.25, 0.5)


def rows(rng: random.Random) -> list[Row]:
    """One positive and one negative sentence per pair: one frame, the words' roles exchanged."""
    pairs = (_pair(rng, f"pair {number}") for number in range(PAIRS))
    return whole_groups((row for pair in pairs for row in pair), size=2)


def _pair(rng: random.Random, group: str) -> list[Row]:
    frame, fill = _frame(rng), _fill(rng)
    good, bad = fill.pop("good"), fill.pop("bad")
    praise, blame = (
        sentence(frame.format(meant=meant, opposite=opposite, **fill))
        for meant, opposite in ((good, bad), (bad, good))
    )
    return [
        {"text": praise, "label": "positive", "group": group},
        {"text": blame, "label": "negative", "group": group},
    ]


def _frame(rng: random.Random) -> str:
    family = rng.choices(FAMILIES, SHARES)[0]
    return f"{rng.choice(OPENINGS)} {rng.choice(family)}"


def _fill(rng: random.Random) -> dict[str, str]:
    domain = rng.choice(DOMAINS)
    part, part2 = rng.sample(domain.parts, 2)
    return {
        "x": rng.choice(domain.names),
        "part": part,
        "part2": part2,
        "who": rng.choice(PEOPLE),
        "tail": rng.choice(TAILS),
        "good": rng.choice(domain.good),
        "bad": rng.choice(domain.bad),
    }
