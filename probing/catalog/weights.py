"""The weights in a folder: counted from the headers of their safetensors files."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

from probing.errors import ModelError

_HEADS = frozenset({"lm_head.weight", "embed_out.weight"})
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def has_weights(folder: Path) -> bool:
    """Whether `folder` holds safetensors weights."""
    return any(folder.glob("*.safetensors"))


def check_weights(folder: Path, name: str) -> None:
    """Raises `ModelError` unless `folder` holds weights that can be read without pickle."""
    if has_weights(folder):
        return
    if any(any(folder.glob(pattern)) for pattern in _PICKLED):
        hint = "convert them to safetensors (save_pretrained does)"
        raise ModelError("holds only pickled weights", where=name, hint=hint)
    hint = "a model needs a .safetensors file beside its config.json"
    raise ModelError("holds no weights", where=name, hint=hint)


def count_params(folder: Path, name: str) -> tuple[int, int]:
    """The parameters in the safetensors files of `folder`: all, and those of a language head."""
    sizes = [
        (key, math.prod(tensor["shape"]))
        for path in weight_files(folder)
        for key, tensor in _header(path, name).items()
        if key != "__metadata__"
    ]
    return sum(size for _, size in sizes), sum(size for key, size in sizes if key in _HEADS)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that hold the checkpoint: those of its index, else the single one.

    Some folders hold the same weights a second time under other names.
    """
    try:
        index = json.loads((folder / "model.safetensors.index.json").read_bytes())
        names = sorted({str(name) for name in index["weight_map"].values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        names = ["model.safetensors"]
    named = [folder / name for name in names if (folder / name).is_file()]
    return named if len(named) == len(names) else sorted(folder.glob("*.safetensors"))


def _header(path: Path, name: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            if size > path.stat().st_size:
                raise ValueError("truncated")
            header = json.loads(file.read(size))
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(f"{path.name} is not a safetensors file ({error})", where=name) from None
    assert isinstance(header, dict)
    return header
