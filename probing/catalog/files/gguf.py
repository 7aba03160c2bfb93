"""Find models in GGUF files, and translate their headers to `config.json` keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probing.catalog.config_keys import text_value
from probing.catalog.files.foreign_files import is_regular
from probing.catalog.files.gguf_header import FLOAT_TYPES, GgufHeader
from probing.errors import ModelError

SUFFIX = ".gguf"
_KEYS = {
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "context_length": "max_position_embeddings",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "expert_count": "num_experts",
    "expert_used_count": "num_experts_per_tok",
    "expert_feed_forward_length": "moe_intermediate_size",
}
_FAMILIES = {"starcoder": "gpt_bigcode", "qwen2moe": "qwen2_moe", "qwen3moe": "qwen3_moe"}
_HEAD = "output.weight"


def gguf_files(folder: Path) -> list[Path]:
    """The GGUF files in `folder` that hold a language model, in order of their names."""
    found = sorted(path for path in folder.glob(f"*{SUFFIX}") if is_regular(path))
    return [path for path in found if not path.name.startswith("mmproj")]


def check_whole(path: Path, name: str) -> None:
    """Raises `ModelError` for one part of a model that is split over several files."""
    if re.search(r"-\d{5}-of-\d{5}$", path.stem):
        hint = "merge the parts with llama.cpp's llama-gguf-split --merge"
        raise ModelError("is one part of a split GGUF model", where=name, hint=hint)


def gguf_config(header: GgufHeader) -> dict[str, Any]:
    """What the header says, under the keys of a `config.json`."""
    values = header.values
    family = text_value(values, "general.architecture")
    config: dict[str, Any] = {"model_type": _FAMILIES.get(family, family)}
    for key, ours in _KEYS.items():
        if f"{family}.{key}" in values:
            config[ours] = values[f"{family}.{key}"]
    if f"{family}.attention.layer_norm_rms_epsilon" in values:
        config["rms_norm_eps"] = values[f"{family}.attention.layer_norm_rms_epsilon"]
    config["is_encoder_decoder"] = family in ("t5", "umt5")
    return config | {"dtype": _dtype(header.tensors)}


def gguf_params(header: GgufHeader) -> tuple[int, int]:
    """The parameters: all, and those of a language head."""
    head = header.tensors.get(_HEAD, (0, 0))[0]
    return sum(size for size, _ in header.tensors.values()), head


def _dtype(tensors: Mapping[str, tuple[int, int]]) -> str:
    """The type of most of the numbers; packed ones are unpacked to float32."""
    sizes: dict[str, int] = {}
    for size, kind in tensors.values():
        name = FLOAT_TYPES.get(kind, "float32")
        sizes[name] = sizes.get(name, 0) + size
    return max(sizes, key=lambda name: sizes[name], default="float32")
