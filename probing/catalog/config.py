"""Reading a model's `config.json`, whose keys differ by family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probing.catalog.block_sizes import block_shape
from probing.catalog.config_keys import LAYERS, POSITIONS, WIDTH, first_int
from probing.catalog.families import FINAL_NORM, NO_FINAL_NORM, OFFSET_POSITIONS
from probing.errors import ModelError

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
    return first_int(config, LAYERS)


def d_model(config: Mapping[str, Any]) -> int | None:
    """The width of the residual stream."""
    return first_int(config, WIDTH)


def max_positions(config: Mapping[str, Any]) -> int | None:
    """The longest text in tokens, None where the configuration sets no limit."""
    length = first_int(config, POSITIONS)
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
    embeddings = (first_int(config, ("vocab_size",)) or 0) * (d_model(config) or 0)
    stacks = 2 if config.get("is_encoder_decoder") else 1
    return embeddings + stacks * (n_layers(config) or 0) * block_shape(config).n_params
