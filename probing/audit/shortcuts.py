"""Labels that follow length, one word, one character or all words."""

from __future__ import annotations

from collections.abc import Iterator

from probing.audit.bag_of_words import follows_words
from probing.audit.findings import Finding
from probing.audit.length import follows_length
from probing.audit.material import Material
from probing.audit.one_character import follows_character
from probing.audit.one_word import follows_word

AS_GOOD = 0.02


def shortcuts(material: Material) -> Iterator[Finding]:
    """Those that tell the most: longer texts have more words, and words have characters."""
    tried = (follows_length(material), follows_word(material), follows_character(material))
    found = [one for one in tried if one is not None]
    best = max((one.score.score for one in found), default=0.0)
    for one in found:
        if one.score.score >= best - AS_GOOD:
            yield one.finding
    words = follows_words(material)
    if words is not None and (not found or words.score.score > best + AS_GOOD):
        yield words.finding
