"""The year that a sentence mentions, in digits or in words."""

from __future__ import annotations

import random
from collections.abc import Iterator

from probing.generate.rows import Row, phrases, sentence
from probing.generate.words.year_words import EVENTS, NAMES, OPENINGS, PLACES, TIMES

FIRST, LAST, ROWS_PER_YEAR = 1800, 2020, 10

_ONES = phrases("""
zero; one; two; three; four; five; six; seven; eight; nine; ten; eleven; twelve; thirteen; fourteen;
fifteen; sixteen; seventeen; eighteen; nineteen
""")
_TENS = phrases("twenty; thirty; forty; fifty; sixty; seventy; eighty; ninety")


def rows(rng: random.Random) -> list[Row]:
    """Every year as often, half in digits and half in words, grouped by year."""
    return [row for year in range(FIRST, LAST + 1) for row in _of_year(rng, year)]


def in_words(year: int) -> str:
    """The year as it is read out, such as `nineteen forty-two` or `two thousand and five`."""
    century, rest = divmod(year, 100)
    if rest == 0:
        return "two thousand" if century == 20 else f"{_below_hundred(century)} hundred"
    if century == 20 and rest < 10:
        return f"two thousand and {_below_hundred(rest)}"
    oh = "oh " if rest < 10 else ""
    return f"{_below_hundred(century)} {oh}{_below_hundred(rest)}"


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def _of_year(rng: random.Random, year: int) -> Iterator[Row]:
    texts: set[str] = set()
    while len(texts) < ROWS_PER_YEAR:
        text = _text(rng, in_words(year) if len(texts) % 2 else str(year))
        if text not in texts:
            texts.add(text)
            yield {"text": text, "label": float(year), "group": str(year)}


def _text(rng: random.Random, year: str) -> str:
    when = rng.choice(TIMES).format(d=year)
    event = rng.choice(EVENTS)
    names = {"p": rng.choice(PLACES), "n": rng.choice(NAMES)}
    if rng.random() < 0.4:
        return sentence(f"{when}, {event.format(y='', **names)}.")
    opening = rng.choice(OPENINGS) if rng.random() < 0.4 else ""
    return sentence(f"{opening} {event.format(y=when, **names)}.")
