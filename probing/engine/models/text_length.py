"""How many tokens of a text a model reads."""

from __future__ import annotations

from typing import Any

from probing.catalog import ModelFacts
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec

_INSANE_LENGTH = 10**6  # tokenizers write 10**30 where they know no limit
_SHORT = 64  # no tokenizer adds more special tokens to a text


def longest_text(
    tokenizer: object, spec: ModelSpec, facts: ModelFacts, generate: int = 0
) -> int | None:
    """The tokens to which texts are cut; None where there is no limit.

    What a text is continued by, up to `generate` tokens, has its room behind it: `max_length` is
    that of the text, and the context of the model that of both.
    """
    context = _context(tokenizer, facts)
    return _least(None if context is None else max(context - generate, 1), spec.max_length)


def _context(tokenizer: object, facts: ModelFacts) -> int | None:
    return _least(getattr(tokenizer, "model_max_length", None), facts.max_length)


def _least(*limits: object) -> int | None:
    numbers = (int(n) for n in limits if isinstance(n, int | float) and 1 <= n < _INSANE_LENGTH)
    return min(numbers, default=None)


def check_generate(tokenizer: Any, spec: ModelSpec, facts: ModelFacts, generate: int) -> None:
    """Raise `SpecError` where special tokens and what is generated fill the context alone."""
    context = _context(tokenizer, facts)
    if context is not None and context - generate <= tokenizer.num_special_tokens_to_add():
        what = f"generate = {generate} leaves no room for a text: it reads {context} tokens"
        raise SpecError(what, where=facts.name, hint="lower generate")


def check_length(tokenizer: Any, spec: ModelSpec, facts: ModelFacts) -> None:
    """Raise where special tokens alone fill the length, which a tokenizer does not cut to.

    `SpecError` for a length that the spec gives, `ModelError` for one that the model's files give.
    """
    longest = longest_text(tokenizer, spec, facts)
    if longest is None or longest > _SHORT:
        return
    n_special = tokenizer.num_special_tokens_to_add()
    if longest > n_special:
        return
    room = f"leaves no room for text ({n_special} special tokens)"
    if longest == spec.max_length:
        raise SpecError(f"max_length = {longest} {room}", where=facts.name, hint="raise max_length")
    hint = "correct model_max_length in its tokenizer_config.json, or its config.json"
    raise ModelError(f"its length of {longest} tokens {room}", where=facts.name, hint=hint)
