"""Recognise folders without a loadable model, and say what to do instead."""

from __future__ import annotations

import re
from pathlib import Path

from probing.errors import ModelError

_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_ONNX = ("*.onnx", "onnx/*.onnx")
_OTHER = ("tf_model*.h5", "flax_model*.msgpack", "*.mlmodel", "*.tflite")
_LISTED = 4


def refuse(folder: Path, name: str) -> ModelError:
    """Why `folder`, which lacks a configuration or safetensors weights, is no model to load."""
    what, hint = _named(folder)
    return ModelError(what, where=name, hint=hint)


def inner_model(folder: Path) -> Path | None:
    """The model that lies one folder deeper: the last checkpoint of a training, or the first."""
    found = [path.parent for path in folder.glob("*/config.json")]
    return max(found, key=lambda path: (_step(path), path.name == "0_Transformer"), default=None)


def _step(path: Path) -> int:
    match = re.fullmatch(r"checkpoint-(\d{1,12})", path.name)
    return int(match[1]) if match else -1


def _named(folder: Path) -> tuple[str, str]:
    inner = inner_model(folder)
    if (folder / "model_index.json").exists():
        return "is a diffusion pipeline, not a language model", _inner_hint(folder, "text_encoder")
    if inner is not None and not (folder / "config.json").exists():
        return f"holds its model in the subfolder {inner.name}", f"give {folder / inner.name}"
    if _any(folder, _ONNX):
        return "holds only ONNX weights", "download the model with its safetensors weights"
    if _any(folder, _PICKLED):
        return "holds only pickled weights", "convert them to safetensors (save_pretrained does)"
    if _any(folder, _OTHER):
        hint = "load it with transformers (from_tf or from_flax), then use save_pretrained"
        return "holds only weights of another framework", hint
    if inner is not None:
        return (
            f"holds no weights itself, but a model in its subfolder {inner.name}",
            f"give {inner}",
        )
    if (folder / "config.json").exists():
        return "holds no weights", "put a .safetensors file beside its config.json"
    if any(folder.glob("*.safetensors")):
        return "has no config.json", "give the folder that save_pretrained wrote"
    return "holds no weights and no config.json", "give the folder that save_pretrained wrote"


def _inner_hint(folder: Path, inner: str) -> str:
    return f"give {folder / inner}" if (folder / inner).is_dir() else "use a language model"


def _any(folder: Path, patterns: tuple[str, ...]) -> bool:
    return any(any(folder.glob(pattern)) for pattern in patterns)


def several(names: list[str], name: str) -> ModelError:
    """The refusal to choose among several GGUF files."""
    shown = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    hint = f"name one: {Path(name) / names[0]}"
    return ModelError(f"holds {len(names)} GGUF files ({shown})", where=name, hint=hint)
