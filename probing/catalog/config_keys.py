"""The different keys that families use for the same number in `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LAYERS = (
    "num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers",
    "num_encoder_layers", "layers",
)  # fmt: skip
WIDTH = ("hidden_size", "n_embd", "d_model", "dim", "emb_dim", "embed_dim")
LAST_WIDTH = ("word_embed_proj_dim",)  # OPT projects what its last block gives
BLOCK_KINDS = ("layers_block_type", "layer_types", "hybrid_override_pattern")
POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
_LARGEST = 2**40  # no size of a model is larger
_LONGEST = 100  # no name of a family is longer


def first_int(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    """The first of `keys` that holds a positive whole number of a believable size."""
    for key in keys:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST:
            return value
    return None


def text_value(config: Mapping[str, Any], key: str, otherwise: str = "") -> str:
    """The text under `key`, `otherwise` where there is none, or one too long for a name."""
    value = config.get(key)
    return value if isinstance(value, str) and len(value) <= _LONGEST else otherwise
