"""Read a model's `config.json`, whose keys differ between families."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probing.catalog.block_sizes import block_shape
from probing.catalog.config_keys import (
    BLOCK_KINDS,
    LAYERS,
    POSITIONS,
    WIDTH,
    first_int,
    text_value,
)
from probing.catalog.families import ENCODERS, FINAL_NORM, NO_FINAL_NORM, OFFSET_POSITIONS
from probing.catalog.files.foreign_files import read_json
from probing.errors import ModelError

_NESTED = ("text_config", "llm_config", "language_config", "thinker_config", "encoder")
_DEEPEST = 4


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """The configuration of the model in `folder`, the text part of it where it has several.

    Raises `ModelError` where there is none, or it does not describe a transformer.
    """
    path = folder / "config.json"
    if not path.exists():
        hint = "give the folder that save_pretrained wrote"
        raise ModelError("has no config.json", where=name, hint=hint)
    config = read_json(path, name)
    if not isinstance(config, dict):
        raise ModelError("config.json holds no JSON object", where=name, hint="replace it")
    return text_part(config)


def text_part(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with what its nested configuration of the text, or of the encoder, says over it."""
    whole = dict(config)
    for _ in range(_DEEPEST):
        inner = next((whole[key] for key in _NESTED if isinstance(whole.get(key), Mapping)), None)
        if inner is None:
            break
        both = bool(whole.get("is_encoder_decoder") or inner.get("is_encoder_decoder"))
        outer = {key: value for key, value in whole.items() if key not in _NESTED}
        whole = {**outer, **inner, "is_encoder_decoder": both}
    return whole


def n_layers(config: Mapping[str, Any]) -> int | None:
    """The number of blocks: of the encoder, in an encoder-decoder.

    Some configurations list the kind of each block instead, as Nemotron-H does.
    """
    number = first_int(config, LAYERS)
    if number is None:
        kinds = next((config[key] for key in BLOCK_KINDS if config.get(key)), ())
        number = len(kinds) if isinstance(kinds, (list, str)) else None
    return number or None


def d_model(config: Mapping[str, Any]) -> int | None:
    """The width of the residual stream."""
    return first_int(config, WIDTH)


def max_positions(config: Mapping[str, Any]) -> int | None:
    """The longest text in tokens, None where the configuration sets no limit."""
    length = first_int(config, POSITIONS)
    if length is None or model_type(config) not in OFFSET_POSITIONS:
        return length
    pad = first_int(config, ("pad_token_id",)) or 0
    left = length - (1 if config.get("pad_token_id") is None else pad) - 1
    return left if left > 0 else None


def stored_dtype(config: Mapping[str, Any]) -> str:
    """The type of the checkpoint's numbers as the configuration tells it."""
    named = text_value(config, "dtype") or text_value(config, "torch_dtype") or "float32"
    return named.removeprefix("torch.")


def model_type(config: Mapping[str, Any]) -> str:
    """The family by the name that transformers has for it, empty where it is not given."""
    return text_value(config, "model_type")


def has_final_norm(config: Mapping[str, Any]) -> bool | None:
    """Whether the last hidden state is after a final norm, None for a family not known."""
    if config.get("tie_last_hidden_states") is False:
        return False
    family = model_type(config)
    if family == "opt":
        after = config.get("do_layer_norm_before", True)
        return bool(after and not config.get("_remove_final_layer_norm", False))
    if family in FINAL_NORM:
        return True
    return False if family in NO_FINAL_NORM else None


def is_causal(config: Mapping[str, Any]) -> bool:
    """Whether the model may predict the next token of a text: it is no encoder, with or without
    a decoder beside it."""
    is_encoder = model_type(config) in ENCODERS and not config.get("is_decoder", False)
    return not is_encoder and not config.get("is_encoder_decoder", False)


def estimated_params(config: Mapping[str, Any]) -> int:
    """The number of parameters by arithmetic: embeddings, attention and MLP; norms left out."""
    embeddings = (first_int(config, ("vocab_size",)) or 0) * (d_model(config) or 0)
    stacks = 2 if config.get("is_encoder_decoder") else 1
    return embeddings + stacks * (n_layers(config) or 0) * block_shape(config).n_params
