"""Leaving and coming back: each place says where its user was, and is told so at the next start.

A place that keeps something has `kept_state() -> dict` of what JSON can say, and
`take_state(kept)`, which takes what still holds of it and passes over the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tui.config.kept import keep, kept_path, part, read_kept


@runtime_checkable
class Keeps(Protocol):
    """A place that keeps where its user was."""

    def kept_state(self) -> dict[str, Any]:
        """What to keep."""

    def take_state(self, kept: dict[str, Any]) -> None:
        """Go back to what was kept."""


class ComingBack:
    """What was kept for one logs folder, and what will be."""

    def __init__(self, logs: Path) -> None:
        self._path = kept_path(logs)
        self._kept = read_kept(self._path)

    @property
    def place(self) -> str:
        """The place that was open."""
        place = self._kept.get("place")
        return place if isinstance(place, str) else ""

    def restore(self, place: str, pane: object) -> None:
        """Bring a place back to where it was."""
        kept = part(part(self._kept, "places"), place)
        if kept and isinstance(pane, Keeps):
            pane.take_state(kept)

    def leave(self, place: str, panes: Iterable[tuple[str, object]]) -> None:
        """Keep where everything is; places that were not opened keep what they had."""
        states = part(self._kept, "places")
        states |= {name: pane.kept_state() for name, pane in panes if isinstance(pane, Keeps)}
        keep(self._path, {"place": place, "places": states})
