"""What the end of a filter may become: columns, then comparisons, then values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tui.texts.sanitiser import clean

Facts = Mapping[str, Sequence[str]]  # each column with its values; none for what is measured
OF_TEXTS = ("=", "!=")
OF_NUMBERS = (">=", "<", "=", ">", "<=", "!=")
MOST_VALUES = 300
_ENDS = re.compile(
    r"""(?:^|(?<=[\s(]))(?:
        (?P<column>[^\W\d]\w*)(?:[=!<>]=|[=<>]|\s+(?:[=!<>]=|[=<>])\s*)
        (?P<value>"[^"]*|'[^']*|[^\s"'=<>!()]*)
      | (?P<word>[^\s"'=<>!()]*)
    )$""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[^\s\"'=<>!()]+")


@dataclass(frozen=True)
class Candidate:
    """What may stand at the end: how it is shown, and the whole filter with it."""

    shown: str
    query: str


def candidates(query: str, facts: Facts, most: int = 40) -> list[Candidate]:
    """What the end of `query` may become; what begins as it does comes first."""
    found = _ENDS.search(query)
    if found is None:
        return []
    column, value, word = found["column"], found["value"], found["word"]
    if column is not None:
        known = _of_values(query[: found.start("value")], value, facts.get(column, ()))
    else:
        known = _of_words(query[: found.start("word")], word, facts)
    return [one for one, _ in zip(_unlike(query, known), range(most), strict=False)]


def inline(query: str, found: Sequence[Candidate]) -> str:
    """The first that goes on from what is typed; empty if there is none."""
    if not query or query[-1].isspace():
        return ""
    begun = query.lower()
    return next((one.query for one in found if one.query.lower().startswith(begun)), "")


def _unlike(query: str, found: Iterable[Candidate]) -> Iterator[Candidate]:
    return (one for one in found if one.query != query)


def _of_values(before: str, typed: str, values: Sequence[str]) -> Iterator[Candidate]:
    needle = typed.lstrip("\"'").lower()
    for value in _nearest(needle, values):
        quoted = _quoted(value, typed[:1])
        if quoted:
            yield Candidate(quoted, before + quoted)


def _quoted(value: str, opened: str) -> str:
    """The value as the filter reads it; empty where it cannot be written."""
    if clean(value) != value or not value:
        return ""
    if opened not in ("'", '"') and _PLAIN.fullmatch(value):
        return value
    quotes = (opened,) if opened in ("'", '"') else ('"', "'")
    return next((f"{quote}{value}{quote}" for quote in quotes if quote not in value), "")


def _of_words(before: str, word: str, facts: Facts) -> Iterator[Candidate]:
    needle = word.lower()
    if word in facts:
        for comparison in OF_TEXTS if facts[word] else OF_NUMBERS:
            yield Candidate(word + comparison, before + word + comparison)
    yield from (Candidate(name, before + name) for name in _nearest(needle, facts))
    if needle:
        for column, values in facts.items():
            for value in _nearest(needle, values):
                if quoted := _quoted(value, ""):
                    yield Candidate(f"{column}={quoted}", f"{before}{column}={quoted}")


def _nearest(needle: str, names: Iterable[str]) -> list[str]:
    """Names that begin with it, then those that hold it."""
    holding = [name for name in names if needle in name.lower()]
    return sorted(holding, key=lambda name: not name.lower().startswith(needle))


def facts_of_rows(rows: Iterable[Mapping[str, object]], without: Sequence[str] = ()) -> Facts:
    """The columns of rows, with the values of those that hold texts."""
    facts: dict[str, dict[str, None]] = {}
    for row in rows:
        for column, value in row.items():
            if column not in without:
                values = facts.setdefault(column, {})
                for one in value if isinstance(value, tuple) else (value,):
                    if isinstance(one, str) and one and len(values) < MOST_VALUES:
                        values[one] = None
    return {column: sorted(values) for column, values in facts.items()}
