"""What is looked for in texts while they are tokenised."""

from __future__ import annotations

from dataclasses import dataclass

from probing.datasets.marks.chats import Chats
from probing.engine.models.continuations import Continuations
from probing.engine.models.span_tokens import MarkedRows
from probing.token_choice import needs_characters


@dataclass(frozen=True)
class Asked:
    """The rows that are parts of the texts, the terms by which tokens are chosen, and the turns.

    `chats` are those of the texts, in their order; None where these are plain. Behind each text
    there is room for `generate` tokens, and `continuations` are those, once they are known.
    """

    marked: MarkedRows | None = None
    choices: tuple[tuple[str, ...], ...] = ()
    chats: Chats | None = None
    generate: int = 0
    continuations: Continuations | None = None

    @property
    def needs_offsets(self) -> bool:
        """Whether the characters of tokens must be known."""
        return self.marked is not None or any(map(needs_characters, self.choices))


NOTHING = Asked()
