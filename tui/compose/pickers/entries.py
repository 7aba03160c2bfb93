"""The entries of a picker: those found and those added, each in its picked versions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from probing.spec import Entry
from tui.compose.draft import Draft


class PickerEntries:
    """The entries of one kind; versions of one entry share a `key`."""

    def __init__(self, kind: str, key: Callable[[Entry], Hashable]) -> None:
        self.kind = kind
        self._key = key
        self._draft = Draft()
        self._there: list[Entry] = []
        self._added: dict[Hashable, Entry] = {}
        self._unpicked: dict[Hashable, Entry] = {}

    @property
    def picked(self) -> tuple[Entry, ...]:
        """The picked entries."""
        return self._draft.picked(self.kind)

    def set_there(self, entries: Sequence[Entry]) -> None:
        """Set the entries that were found."""
        self._there = list(entries)

    def set_draft(self, draft: Draft) -> None:
        """Set what is picked; an entry that was picked once stays in the list."""
        self._draft = draft
        known = {self._key(entry) for entry in self._there}
        self._added |= {
            self._key(entry): entry for entry in self.picked if self._key(entry) not in known
        }

    def entries(self) -> list[Entry]:
        """Every entry that can be picked."""
        versions: dict[Hashable, list[Entry]] = {}
        for entry in self.picked:
            versions.setdefault(self._key(entry), []).append(entry)
        everything = self._added | {self._key(entry): entry for entry in self._there}
        everything |= self._unpicked
        order = dict.fromkeys([*map(self._key, self._there), *self._added])
        return [one for key in order for one in versions.get(key, [everything[key]])]

    def remember(self, entry: Entry) -> None:
        """Keep the options of an entry that is unpicked."""
        self._unpicked[self._key(entry)] = entry
