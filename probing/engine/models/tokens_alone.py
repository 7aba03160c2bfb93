"""Tokenise a dataset as a model reads it, without its weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probing import catalog
from probing.engine.models.loading import load_tokenizer
from probing.engine.models.text_length import longest_text
from probing.engine.models.tokenizing import Tokens, tokenise
from probing.spec import ModelSpec

_CHUNK = 1000  # texts that are tokenised at a time


def tokens_of(texts: Sequence[str], spec: ModelSpec, base: Path) -> Tokens:
    """The tokens that the model of `spec` reads of `texts`, special tokens included.

    Raises `ModelError` for a tokenizer that cannot be had.
    """
    facts = catalog.facts(spec, base)
    tokenizer = load_tokenizer(spec, facts, base)
    longest = longest_text(tokenizer, spec, facts)
    starts = range(0, len(texts), _CHUNK)
    parts = [tokenise(tokenizer, texts[at : at + _CHUNK], longest) for at in starts]
    return Tokens.joined(parts)
