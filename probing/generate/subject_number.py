"""Number of the subject, where neither verb nor determiner tells and other nouns distract."""

from __future__ import annotations

import random

from probing.generate.rows import Row, phrases, sentence
from probing.generate.words.number_nouns import (
    PEOPLE,
    PERSON_LINKS,
    PERSON_PREDICATES,
    THING_LINKS,
    THING_PREDICATES,
    THINGS,
)

PAIRS_PER_NOUN = 16
DETERMINERS = phrases("the; the; the; my; our; her; the other; the old; the very same; the new")
ATTRACTOR_DETERMINERS = phrases("the; the; the; his; their; the other; the old; the neighbour's")
LINKS_TO_THINGS = {"above", "below", "under", "against"}
OPENINGS = phrases("""
in the end,; according to the manager,; last winter,; to my surprise,; as far as I know,;
in the story,; that evening,; at first,; after the party,; without any warning,
""")


def rows(rng: random.Random) -> list[Row]:
    """One singular and one plural sentence per pair, grouped by the subject's noun."""
    things = [row for noun in THINGS for row in _of_noun(rng, noun, THING_LINKS, THING_PREDICATES)]
    people = [
        row for noun in PEOPLE for row in _of_noun(rng, noun, PERSON_LINKS, PERSON_PREDICATES)
    ]
    return things + people


def _of_noun(
    rng: random.Random, noun: list[str], links: list[str], predicates: list[str]
) -> list[Row]:
    singular, plural = noun
    pairs: dict[str, list[Row]] = {}
    while len(pairs) < PAIRS_PER_NOUN:
        frame = _frame(rng, singular, rng.choice(links), rng.choice(predicates))
        one, many = (sentence(frame.format(noun=form)) for form in (singular, plural))
        pairs[one] = [
            {"text": one, "label": "singular", "group": singular},
            {"text": many, "label": "plural", "group": singular},
        ]
    return [row for pair in pairs.values() for row in pair]


def _frame(rng: random.Random, head: str, link: str, predicate: str) -> str:
    opening = rng.choice(OPENINGS) if rng.random() < 0.4 else ""
    attractors = f"{link} {_attractor(rng, head, link)}" if rng.random() < 0.9 else ""
    if attractors and rng.random() < 0.3:
        attractors += f" and {_attractor(rng, head, link)}"
    return f"{opening} {rng.choice(DETERMINERS)} {{noun}} {attractors} {predicate}."


def _attractor(rng: random.Random, head: str, link: str) -> str:
    nouns = THINGS if link in LINKS_TO_THINGS else THINGS + PEOPLE
    forms = rng.choice([forms for forms in nouns if forms[0] != head])
    return f"{rng.choice(ATTRACTOR_DETERMINERS)} {rng.choice(forms)}"
