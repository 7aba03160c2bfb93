"""Tokenise a dataset as a model reads it, without its weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing import catalog
from probing.engine.models.distinct_texts import DistinctTexts
from probing.engine.models.loading import load_tokenizer
from probing.engine.models.text_length import longest_text
from probing.engine.models.tokenizing import Tokens, tokenise
from probing.spec import ModelSpec

_CHUNK = 1000  # texts that are tokenised at a time


def tokens_of(
    texts: Sequence[str], spec: ModelSpec, base: Path, spans: NDArray[np.int64] | None = None
) -> Tokens:
    """The tokens that the model of `spec` reads of `texts`, special tokens included.

    With `spans` equal texts are read once, and their rows are units of them.
    Raises `ModelError` for a tokenizer that cannot be had.
    """
    facts = catalog.facts(spec, base)
    tokenizer = load_tokenizer(spec, facts, base)
    longest = longest_text(tokenizer, spec, facts)
    rows = DistinctTexts(texts, spans)
    run = range(len(texts)) if spans is None else rows.rows.tolist()
    parts = []
    for start in range(0, len(run), _CHUNK):
        some = run[start : start + _CHUNK]
        marked = rows.marked(slice(start, start + len(some)))
        parts.append(tokenise(tokenizer, [texts[row] for row in some], longest, some, marked))
    return Tokens.joined(parts)
