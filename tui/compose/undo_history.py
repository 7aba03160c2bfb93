"""What was picked before, so that the last change can be undone."""

from __future__ import annotations

from tui.compose.draft import LISTS, Draft

N_KEPT = 100


class History:
    """Drafts that were left for another selection, the latest last."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []

    def leave(self, draft: Draft, follower: Draft) -> None:
        """Keep `draft` if `follower` picks otherwise."""
        if any(draft.picked(kind) != follower.picked(kind) for kind in LISTS):
            self._drafts = [*self._drafts, draft][-N_KEPT:]

    def back(self) -> Draft | None:
        """The draft before the last change, None before the first."""
        return self._drafts.pop() if self._drafts else None
