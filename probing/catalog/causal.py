"""Refuse a model that cannot predict the next token, by its configuration."""

from __future__ import annotations

from probing.catalog.types import ModelFacts
from probing.errors import ModelError


def check_causal(facts: ModelFacts, what_for: str) -> None:
    """Raises `ModelError` where the model cannot do `what_for`, which takes a causal model."""
    if facts.is_causal:
        return
    kind = "an encoder-decoder" if facts.is_encoder_decoder else "an encoder"
    what = f"is {kind} ({facts.model_type}), which predicts no next token"
    hint = f"{what_for} needs a causal model, such as gpt2"
    raise ModelError(what, where=facts.name, hint=hint)
