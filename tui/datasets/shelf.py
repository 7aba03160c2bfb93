"""Which datasets are listed: those of the draft, those added here, and those that were found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from probing.query import fits
from probing.spec import DatasetSpec
from tui.datasets.listing import Listed, listed
from tui.processes.known_facts import FactsBook


class Shelf:
    """The entries and what is known of them; `found` is None until the machine was searched.

    `auditing` is the entry that is audited now.
    """

    def __init__(self, book: FactsBook, draft: Callable[[], Any]) -> None:
        self.book, self.draft = book, draft
        self.found: list[DatasetSpec] | None = None
        self.added: list[DatasetSpec] = []
        self.auditing: DatasetSpec | None = None

    def entries(self) -> list[DatasetSpec]:
        """Those of the draft and those added here, then every other by its path."""
        own = list(dict.fromkeys([*self.draft().datasets, *self.added]))
        paths = {entry.path for entry in own}
        return own + [entry for entry in self.found or () if entry.path not in paths]

    def every(self) -> list[Listed]:
        """Every dataset of the entries."""
        return listed(self.book, self.entries(), self.draft().datasets, self.auditing)

    @staticmethod
    def matching(every: list[Listed], query: str) -> list[Listed]:
        """Those that pass a filter; raises `SpecError` if it is not valid."""
        return [one for one in every if fits(one.searched, query)]
