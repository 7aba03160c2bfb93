"""Reads the texts of datasets in a thread, keeps them, and filters them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.widget import Widget

from probing.errors import ProbingError
from tui.datasets.contents import Contents, TextRow, read
from tui.datasets.listing import Listed
from tui.processes.background import Latest
from tui.processes.known_facts import LARGE, FactsBook

Filtered = tuple[Contents, tuple[TextRow, ...]]


class TextsRead:
    """What was read of each dataset; `news` is told of which, and of an error in its filter."""

    def __init__(
        self, owner: Widget, book: FactsBook, news: Callable[[Listed, ProbingError | None], None]
    ) -> None:
        self._book, self._news = book, news
        self._known: dict[tuple[str, ...], Contents | ProbingError] = {}
        self._rows: tuple[TextRow, ...] = ()
        self._latest: Latest[Filtered] = Latest(owner)

    @property
    def is_over(self) -> bool:
        """Whether all that was asked for is read."""
        return self._latest.is_over

    def of(self, one: Listed) -> Contents | ProbingError | None:
        """The texts of a dataset, its error, or None while they are not read."""
        return self._known.get(one.key)

    def rows(self, contents: Contents, query: str) -> tuple[TextRow, ...]:
        """The rows that passed the filter asked for last, or all."""
        return self._rows if query else contents.rows

    def is_small(self, one: Listed) -> bool:
        """Whether a dataset is read without being asked for."""
        try:
            return sum(path.stat().st_size for path in self._book.paths(one.entry)) < LARGE
        except (OSError, ProbingError):
            return False

    def ask(self, one: Listed, query: str) -> None:
        """Read the texts, and keep the rows that pass a filter."""
        facts, known = one.facts, self._known.get(one.key)
        if facts is None or isinstance(facts, ProbingError) or isinstance(known, ProbingError):
            return
        path = facts.path

        def work() -> Filtered:
            contents = known or read(self._book.part_of(one.entry, one.at), path)
            return contents, contents.matching(query)

        self._latest.ask(work, partial(self._have, one))

    def _have(self, one: Listed, found: Filtered | ProbingError) -> None:
        if isinstance(found, ProbingError):
            is_filter = one.key in self._known
            if not is_filter:
                self._known[one.key] = found
            self._news(one, found if is_filter else None)
            return
        self._known[one.key], self._rows = found
        self._news(one, None)
