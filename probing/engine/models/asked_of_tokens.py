"""What is looked for in texts while they are tokenised."""

from __future__ import annotations

from dataclasses import dataclass

from probing.datasets.marks.chats import Chats
from probing.engine.models.span_tokens import MarkedRows


@dataclass(frozen=True)
class Asked:
    """The rows that are parts of the texts, the terms by which tokens are chosen, and the turns.

    `chats` are those of the texts, in their order; None where these are plain.
    """

    marked: MarkedRows | None = None
    choices: tuple[tuple[str, ...], ...] = ()
    chats: Chats | None = None

    @property
    def needs_offsets(self) -> bool:
        """Whether the characters of tokens must be known."""
        return self.marked is not None or bool(self.choices)


NOTHING = Asked()
