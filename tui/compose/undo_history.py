"""The undo history of the picked entries."""

from __future__ import annotations

from tui.compose.draft import LISTS, Draft

N_KEPT = 100


class History:
    """Earlier drafts, the latest last."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []

    def leave(self, draft: Draft, follower: Draft) -> None:
        """Keep `draft` if `follower` differs in what is picked."""
        if any(draft.picked(kind) != follower.picked(kind) for kind in LISTS):
            self._drafts = [*self._drafts, draft][-N_KEPT:]

    def back(self) -> Draft | None:
        """The draft before the last change; None if there was no change."""
        return self._drafts.pop() if self._drafts else None
