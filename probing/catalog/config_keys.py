"""The keys under which the families' configurations keep the same number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers")
WIDTH = ("hidden_size", "n_embd", "d_model", "dim", "emb_dim")
POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")


def first_int(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    """The first of `keys` that holds a positive whole number."""
    for key in keys:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
