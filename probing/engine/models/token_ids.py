"""The token ids that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from probing.engine.models.tokens import Tokens
from probing.errors import ModelError

_FEW = 8  # ids that any model takes


def n_token_ids(body: Any) -> int:
    """How many token ids the model has embeddings for."""
    # not every model says where its embeddings are, and some look up none
    return _n_embeddings(body) or int(getattr(body.config, "vocab_size", None) or _FEW)


def _n_embeddings(body: Any) -> int | None:
    try:
        weight = getattr(body.get_input_embeddings(), "weight", None)
    except (NotImplementedError, AttributeError):
        return None
    return len(weight) if isinstance(weight, torch.Tensor) and weight.ndim == 2 else None


def check_ids(tokens: Tokens, body: Any, model: str, rows: Sequence[int] | None = None) -> None:
    """Raises `ModelError` for a text with a token id that `body` has no embedding for.

    It is numbered by `rows`.
    """
    known = _n_embeddings(body)
    if known is None or not len(tokens.ids) or int(tokens.ids.max()) < known:
        return
    at = int((tokens.ids >= known).nonzero()[0])
    text = int((tokens.lengths.cumsum(0) <= at).sum())
    number = (rows[text] if rows else text) + 1
    what = (
        f"text {number} has the token id {int(tokens.ids[at])}, and the model has "
        f"embeddings for {known} ids, from 0 on"
    )
    hint = 'its tokenizer is another model\'s; name its own: { model = "...", tokenizer = "..." }'
    raise ModelError(what, where=model, hint=hint)
