"""Which entries a store has: one listing for all of a pass, remembered for a while.

The app estimates what a draft would cost again and again, and asks for hundreds of entries.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from probing.errors import ProbingError
from probing.stores import Listed, ObjectStore

REMEMBERED_S = 60.0
_kept: dict[tuple[str, str], tuple[float, dict[str, Listed] | ProbingError]] = {}


@dataclass
class EntryListings:
    """The names of what a store has of each pass, as they were when the pass was first asked for.

    Raises `ProbingError` where the store cannot be listed.
    """

    store: ObjectStore
    _seen: dict[str, dict[str, Listed]] = field(default_factory=dict)

    def of(self, reading: str) -> Mapping[str, Listed]:
        """The objects of the pass `reading`, by their names without its folder."""
        if reading not in self._seen:
            self._seen[reading] = dict(self._remembered(reading))
        return self._seen[reading]

    def add(self, reading: str, name: str, size: int) -> None:
        """Count in an object that was written now."""
        self._seen.setdefault(reading, {})[name] = Listed(size, "")
        _kept.pop((self.store.url, reading), None)

    def forget(self) -> None:
        """Have the store asked again, since others have written."""
        for reading in self._seen:
            _kept.pop((self.store.url, reading), None)
        self._seen.clear()

    def _remembered(self, reading: str) -> Mapping[str, Listed]:
        key, now = (self.store.url, reading), time.monotonic()
        known = _kept.get(key)
        if known is None or now - known[0] > REMEMBERED_S:
            known = _kept[key] = now, self._asked(reading)
        if isinstance(known[1], ProbingError):
            raise known[1]
        return known[1]

    def _asked(self, reading: str) -> dict[str, Listed] | ProbingError:
        try:
            listed = self.store.list(reading)
        except ProbingError as error:
            return error
        return {name.partition("/")[2]: one for name, one in listed.items()}


def forget_listings() -> None:
    """Forget what was listed, so that stores are asked again."""
    _kept.clear()
