"""Where words stand in a text that is given, or in the text that they make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

Span = tuple[int, int]

_WORD = re.compile(r"\S+")
# scripts that are written without spaces between words
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC")


def joined(words: Sequence[str], spaced: Sequence[bool] | None = None) -> tuple[str, list[Span]]:
    """The text that `words` make, and the characters of each.

    `spaced` tells after which words there is a space; without it there is one wherever both
    neighbours are not of a script that is written without.
    """
    pieces: list[str] = []
    spans, at = [], 0
    for number, word in enumerate(words):
        if number and (spaced[number - 1] if spaced else _has_space(words[number - 1], word)):
            pieces.append(" ")
            at += 1
        pieces.append(word)
        spans.append((at, at + len(word)))
        at += len(word)
    return "".join(pieces), spans


def found(words: Sequence[str], text: str) -> list[Span] | int:
    """The characters of each of `words` in `text`, one after another with white space between.

    The number of the first word that is not where it should be, where one is not.
    """
    spans, at = [], 0
    for number, word in enumerate(words):
        while at < len(text) and text[at].isspace():
            at += 1
        if not word or not text.startswith(word, at):
            return number
        spans.append((at, at + len(word)))
        at += len(word)
    return spans


def split(text: str) -> list[Span]:
    """The words of a text as white space parts them."""
    return [match.span() for match in _WORD.finditer(text)]


def _has_space(one: str, two: str) -> bool:
    return not (one and two and _is_unspaced(one[-1]) and _is_unspaced(two[0]))


def _is_unspaced(character: str) -> bool:
    if character.isascii():
        return False
    name = unicodedata.name(character, "")
    return name.startswith(_UNSPACED) or name.startswith("FULLWIDTH")
