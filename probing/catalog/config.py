"""Reading a model's `config.json`, whose keys differ by family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probing.catalog.families import FINAL_NORM, GATED_MLP, NO_FINAL_NORM, OFFSET_POSITIONS
from probing.errors import ModelError

_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers")
_WIDTH = ("hidden_size", "n_embd", "d_model", "dim", "emb_dim")
_POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
_INNER = ("intermediate_size", "n_inner", "ffn_dim", "d_ff", "hidden_dim", "encoder_ffn_dim")
_NESTED = ("text_config", "llm_config", "language_config")


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """The configuration of the model in `folder`, the text part of it where it has several.

    Raises `ModelError` where there is none, or it does not describe a transformer.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError:
        hint = "give the folder that save_pretrained wrote"
        raise ModelError("has no config.json", where=name, hint=hint) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"config.json cannot be read ({error})", where=name) from None
    if not isinstance(config, dict):
        raise ModelError("config.json is not a table", where=name)
    return text_part(config)


def text_part(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with what its nested text configuration says laid over it."""
    for key in _NESTED:
        if isinstance(config.get(key), Mapping):
            return {**config, **config[key]}
    return dict(config)


def n_layers(config: Mapping[str, Any]) -> int | None:
    """The number of blocks: of the encoder, in an encoder-decoder."""
    return first_int(config, _LAYERS)


def d_model(config: Mapping[str, Any]) -> int | None:
    """The width of the residual stream."""
    return first_int(config, _WIDTH)


def max_positions(config: Mapping[str, Any]) -> int | None:
    """The longest text in tokens, None where the configuration sets no limit."""
    length = first_int(config, _POSITIONS)
    if length is None or config.get("model_type") not in OFFSET_POSITIONS:
        return length
    pad = config.get("pad_token_id")
    return length - (1 if pad is None else int(pad)) - 1


def stored_dtype(config: Mapping[str, Any]) -> str:
    """The type of the checkpoint's numbers as the configuration tells it."""
    return str(config.get("dtype") or config.get("torch_dtype") or "float32").removeprefix("torch.")


def has_final_norm(config: Mapping[str, Any]) -> bool | None:
    """Whether the last hidden state is after a final norm, None for a family not known."""
    family = config.get("model_type")
    if family == "opt":
        after = config.get("do_layer_norm_before", True)
        return bool(after and not config.get("_remove_final_layer_norm", False))
    if family in FINAL_NORM:
        return True
    return False if family in NO_FINAL_NORM else None


def estimated_params(config: Mapping[str, Any]) -> int:
    """The number of parameters by arithmetic: embeddings, attention and MLP; norms left out."""
    width, layers = d_model(config) or 0, n_layers(config) or 0
    heads = first_int(config, ("num_attention_heads", "n_head", "n_heads", "num_heads")) or 1
    head_width = first_int(config, ("head_dim", "d_kv")) or width // heads
    kv_heads = first_int(config, ("num_key_value_heads",)) or heads
    attention = 2 * width * head_width * (heads + kv_heads)
    gated = config.get("model_type") in GATED_MLP or config.get("is_gated_act")
    inner = first_int(config, _INNER) or 4 * width
    experts = first_int(config, ("num_local_experts", "num_experts")) or 1
    block = attention + experts * (3 if gated else 2) * width * inner
    embeddings = (first_int(config, ("vocab_size",)) or 0) * width
    stacks = 2 if config.get("is_encoder_decoder") else 1
    return embeddings + stacks * layers * block


def first_int(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    """The first of `keys` that holds a positive whole number."""
    for key in keys:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
