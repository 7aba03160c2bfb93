"""The tokens of texts as they are written."""

from __future__ import annotations

from collections.abc import Sequence

from probing.datasets.marks.chats import Chats
from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.lm import LMModel


def token_names(
    model: LMModel, texts: Sequence[str], chats: Chats | None = None
) -> list[tuple[str, ...]]:
    """Of each text its tokens, special ones too, each with the space before it."""
    tokens = model.tokenise(texts, asked=Asked(None, (), chats))
    names = [spelt(model.tokenizer, token) for token in tokens.ids.tolist()]
    found, at = [], 0
    for length in tokens.lengths.tolist():
        found.append(tuple(names[at : at + length]))
        at += length
    return found


def spelt(tokenizer: object, token: int) -> str:
    """A token as text, with the space before it, as its tokenizer writes spaces."""
    name = tokenizer.convert_ids_to_tokens(token)  # type: ignore[attr-defined]
    written = str(tokenizer.convert_tokens_to_string([name]))  # type: ignore[attr-defined]
    has_space = name.startswith(("▁", "Ġ")) and not written.startswith(" ")
    return f" {written}" if has_space else written
