"""True and false statements: pairs on the same subject, with objects swapped within a relation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from probing.generate.rows import Row, sentence
from probing.generate.words.truth_numbers import number_pairs, size_pairs
from probing.generate.words.truth_relations import RELATIONS, Relation

Pair = tuple[str, str, str, bool]
"""Subject entity, statement with the right object, with the wrong one, whether both are negated."""

NEGATED_SHARE = 1 / 3
FRAMES = ("{}", "{}", "{}", "{}", "As it happens, {}", "In fact, {}", "Note that {}", "Indeed, {}")


def rows(rng: random.Random) -> list[Row]:
    """One true and one false statement per pair, grouped by what the statements are about."""
    pairs = [pair for relation in RELATIONS for pair in _relation_pairs(rng, relation)]
    pairs += number_pairs(rng, 220) + size_pairs(rng)
    return _balanced([row for pair in pairs for row in _both(rng, pair)])


def _relation_pairs(rng: random.Random, relation: Relation) -> Iterator[Pair]:
    for template in rng.sample(relation.templates, min(relation.draws, len(relation.templates))):
        for (subject, right), wrong in _swapped(rng, relation.facts):
            negated = rng.random() < NEGATED_SHARE
            particle = " not" if negated else ""
            fill = {"s": subject, "n": particle}
            true, false = template.format(o=right, **fill), template.format(o=wrong, **fill)
            yield f"{relation.domain}: {subject}", true, false, negated


def _swapped(
    rng: random.Random, facts: tuple[tuple[str, str], ...]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Each fact with an object of another fact; every object is wrong as often as it is right."""
    most = max(Counter(right for _, right in facts).values())
    rank = {right: rng.random() for _, right in sorted(facts)}
    ordered = sorted(facts, key=lambda fact: (rank[fact[1]], rng.random()))
    shift = rng.randint(most, len(facts) - most)
    for index, fact in enumerate(ordered):
        yield fact, ordered[(index + shift) % len(ordered)][1]


def _both(rng: random.Random, pair: Pair) -> Iterator[Row]:
    group, right, wrong, negated = pair
    frame = rng.choice(FRAMES)
    for statement, label in ((right, not negated), (wrong, negated)):
        yield {"text": sentence(frame.format(statement)), "label": label, "group": group}


def _balanced(rows: list[Row]) -> list[Row]:
    """Both members of the pairs neither of whose texts has come before."""
    seen: set[str] = set()
    kept: list[Row] = []
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        if not {first["text"], second["text"]} & seen:
            kept += [first, second]
            seen |= {first["text"], second["text"]}
    return kept
