"""What the generators share: the shape of a row and the last touches to a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict


class Row(TypedDict):
    """One line of a dataset: a text, its target and, where rows belong together, a group."""

    text: str
    label: str | bool | float
    group: NotRequired[str]


_ARTICLE_BEFORE_VOWEL = re.compile(
    r"\b([Aa]) (?=[aeiouAEIOU]|hour|honest|heir)(?!uni|use|one|[Ee]u)"
)


def sentence(text: str) -> str:
    """The text with single spaces, `a` or `an` as it sounds, and a capital at the start."""
    spaced = re.sub(r" (?=[,.!?;:])", "", " ".join(text.split()))
    voiced = _ARTICLE_BEFORE_VOWEL.sub(r"\1n ", spaced)
    return voiced[:1].upper() + voiced[1:]


def table(lines: str) -> list[list[str]]:
    """The cells of a `|` table written as a block of text."""
    return [
        [cell.strip() for cell in line.split("|")] for line in lines.splitlines() if line.strip()
    ]


def phrases(lines: str) -> list[str]:
    """The entries of a `;` list written as a block of text."""
    return [" ".join(entry.split()) for entry in lines.split(";") if entry.strip()]


def without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows whose text has not come before."""
    seen: set[str] = set()
    for row in rows:
        if row["text"] not in seen:
            seen.add(row["text"])
            yield row


def whole_groups(rows: Iterable[Row], size: int) -> list[Row]:
    """The rows of the groups of exactly `size` rows, once repeated texts are gone."""
    groups: dict[str, list[Row]] = {}
    for row in without_repeats(rows):
        groups.setdefault(row["group"], []).append(row)
    return [row for members in groups.values() if len(members) == size for row in members]
