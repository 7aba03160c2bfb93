"""Choices, answers of a model that are compared as its next token: one token each."""

from __future__ import annotations

from collections.abc import Sequence

from probing.errors import SpecError


def check_one_token(choice: str, pieces: Sequence[str], model: str) -> None:
    """Raises `SpecError` for a choice that a model cuts into several `pieces`."""
    if len(pieces) < 2:
        return
    what = f"the choice {choice!r} is {len(pieces)} tokens of {model} ({' '.join(pieces)})"
    hint = "use choices of one token; most tokenizers want a space before a word"
    raise SpecError(what, where="--choices", hint=hint)
