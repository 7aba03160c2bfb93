"""Past and present: one sentence in both tenses, other clauses in either."""

from __future__ import annotations

import random

from probing.generate.rows import Row, phrases, sentence
from probing.generate.words.tense_verbs import VERBS

PAIRS_PER_VERB = 18

SINGULAR = phrases("""
the baker; the old sailor; my aunt; our neighbour; the young teacher; Clara; Mr Okafor; her cousin;
the nurse; the gardener; Samuel; the retired judge; the student; the tall waiter; Ingrid; his boss;
the shepherd; the singer; the night porter; Amira; the widow; the tailor; the new tenant; Yusuf
""")
PLURAL = phrases("""
the bakers; the old sailors; my aunts; our neighbours; the young teachers; the twins; her cousins;
the nurses; the gardeners; the retired judges; the students; the waiters; the shepherds; the singers
""")
PRONOUNS = phrases("I; we; you; they")
CLAUSES_SINGULAR = phrases("""
, who lives next door,; , who moved here from Lisbon,; , who hates crowds,; , who grew up nearby,;
, who still has a bad knee,; , who once worked at the mill,; , who owns two cats,;
, who lost everything in the flood,; , who enjoys the quiet,; , who married young,
""")
CLAUSES_PLURAL = phrases("""
, who live next door,; , who moved here from Lisbon,; , who hate crowds,; , who grew up nearby,;
, who still have no car,; , who once worked at the mill,; , who own two cats,;
, who lost everything in the flood,; , who enjoy the quiet,; , who married young,
""")
OPENINGS = phrases("""
as a rule,; on Sundays,; with some effort,; in the village,; before sunrise,; after lunch,;
for no clear reason,; from time to time,; in the summer months,; according to the report,;
late at night,; like most people,; to everyone's surprise,; when alone,; in bad weather,
""")
ADVERBS = phrases(
    "quietly; often; rarely; always; never; sometimes; simply; gladly; usually; hardly ever"
)
ENDINGS = phrases("""
during the holidays; whatever the weather; in spite of the cold; with the others; on market days;
for the sake of peace; at the weekend; in the mornings; more than anyone; out of habit;
as if nothing else mattered; even in the rain
""")


def rows(rng: random.Random) -> list[Row]:
    """One past and one present sentence per pair, grouped by the verb."""
    return [
        row
        for base, singular, past, complements in VERBS
        for row in _of_verb(rng, base, singular, past, complements)
    ]


def _of_verb(
    rng: random.Random, base: str, singular: str, past: str, complements: list[str]
) -> list[Row]:
    pairs: dict[str, list[Row]] = {}
    while len(pairs) < PAIRS_PER_VERB:
        subject, is_singular = _subject(rng, base)
        frame = _frame(rng, subject, rng.choice(complements))
        present = singular if is_singular else base
        texts = {form: sentence(frame.format(v=form)) for form in (past, present)}
        pairs[texts[past]] = [
            {"text": texts[past], "label": "past", "group": base},
            {"text": texts[present], "label": "present", "group": base},
        ]
    return [row for pair in pairs.values() for row in pair]


def _subject(rng: random.Random, verb: str) -> tuple[str, bool]:
    kind = rng.random()
    if kind < 0.15:
        return rng.choice(PRONOUNS), False
    is_singular = kind < 0.6
    nouns, clauses = (SINGULAR, CLAUSES_SINGULAR) if is_singular else (PLURAL, CLAUSES_PLURAL)
    kind = rng.random()
    clause = rng.choice(clauses) if kind < 0.2 else _other_clause(rng, is_singular, verb)
    return rng.choice(nouns) + (clause if kind < 0.7 else ""), is_singular


def _other_clause(rng: random.Random, is_singular: bool, verb: str) -> str:
    base, singular, past, complements = rng.choice([other for other in VERBS if other[0] != verb])
    form = rng.choice((past, singular if is_singular else base))
    return f", who {form} {rng.choice(complements)},"


def _frame(rng: random.Random, subject: str, complement: str) -> str:
    opening = rng.choice(OPENINGS) if rng.random() < 0.4 else ""
    adverb = rng.choice(ADVERBS) if rng.random() < 0.35 else ""
    ending = rng.choice(ENDINGS) if rng.random() < 0.4 else ""
    return f"{opening} {subject} {adverb} {{v}} {complement} {ending}".rstrip() + "."
