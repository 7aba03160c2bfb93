"""Tokenise a dataset as a model reads it, without its weights."""

from __future__ import annotations

from pathlib import Path

from probing import catalog
from probing.engine.models.distinct_texts import DistinctTexts
from probing.engine.models.loading import load_tokenizer
from probing.engine.models.text_length import longest_text
from probing.engine.models.tokenizing import tokenise
from probing.engine.models.tokens import Tokens
from probing.spec import ModelSpec

_CHUNK = 1000  # texts that are tokenised at a time


def tokens_of(
    rows: DistinctTexts,
    spec: ModelSpec,
    base: Path,
    choices: tuple[tuple[str, ...], ...] = (),
) -> Tokens:
    """The tokens that the model of `spec` reads of the texts of `rows`, special ones included.

    Where rows mark parts of texts, equal texts are read once, and the rows are units of them.
    `choices` are the terms by which tokens are chosen.
    Raises `ModelError` for a tokenizer that cannot be had.
    """
    facts = catalog.facts(spec, base)
    tokenizer = load_tokenizer(spec, facts, base)
    longest = longest_text(tokenizer, spec, facts, rows.generate)
    parts = []
    for start in range(0, len(rows.rows), _CHUNK):
        some = rows.rows[start : start + _CHUNK].tolist()
        texts, asked = (
            [rows.texts[row] for row in some],
            rows.asked(slice(start, start + len(some)), choices),
        )
        parts.append(tokenise(tokenizer, texts, longest, some, asked))
    tokens = Tokens.joined(parts)
    return tokens if rows.spans is not None else tokens.repeated(rows.text_at.tolist())
