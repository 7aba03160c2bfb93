"""What a question asks for; question words alone mislead (`What year`, `Which engineer`)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from probing.generate.rows import Row
from probing.generate.words.question_words import ACTIONS, THINGS, WORDINGS

ROWS_PER_WORDING = 28


def rows(rng: random.Random) -> list[Row]:
    """Seven kinds of question in equal shares, grouped by wording."""
    return [
        row
        for kind, wordings in WORDINGS.items()
        for number, wording in enumerate(wordings)
        for row in _fillings(rng, kind, wording, f"{kind} {number}")
    ]


def _fillings(rng: random.Random, kind: str, wording: str, group: str) -> Iterator[Row]:
    every = [(thing, action) for thing in THINGS for action in ACTIONS]
    for thing, (done, doing) in rng.sample(every, ROWS_PER_WORDING):
        yield {"text": wording.format(t=thing, d=done, g=doing), "label": kind, "group": group}
