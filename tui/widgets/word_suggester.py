"""Completes the last of several words that are typed into one line."""

from __future__ import annotations

from collections.abc import Iterable

from textual.suggester import Suggester


class WordSuggester(Suggester):
    """Suggests the first of the known words, in their order, that the last one begins."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = tuple(words)

    async def get_suggestion(self, value: str) -> str | None:
        """The line with its last word completed."""
        before, space, last = value.rpartition(" ")
        typed = before.split()
        known = (word for word in self._words if word.startswith(last) and word not in typed)
        word = next(known, None) if last else None
        return None if word is None or word == last else f"{before}{space}{word}"
