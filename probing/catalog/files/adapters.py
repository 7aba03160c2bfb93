"""PEFT adapters: folders with a few weights that modify a base model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from probing.catalog.files.foreign_files import read_json
from probing.errors import ModelError

_CONFIG = "adapter_config.json"
EXTRA = 'pip install "probe-tui[peft]", or merge it into its base model (merge_and_unload)'


def is_adapter(folder: Path) -> bool:
    """Whether `folder` holds an adapter and no model of its own."""
    return (folder / _CONFIG).exists() and not (folder / "config.json").exists()


def base_of(folder: Path, name: str) -> str:
    """The model that the adapter in `folder` changes: a hub id or a folder.

    Raises `ModelError` where the adapter does not name it.
    """
    config = read_json(folder / _CONFIG, name)
    base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
    if not isinstance(base, str) or not base:
        hint = "set base_model_name_or_path in its adapter_config.json"
        raise ModelError(
            "is a PEFT adapter that does not name its base model", where=name, hint=hint
        )
    return base


def check_peft(base: str, name: str) -> None:
    """Raises `ModelError` where the library that loads adapters is missing."""
    if find_spec("peft") is None:
        what = f"is a PEFT adapter of {base}, which needs peft"
        raise ModelError(what, where=name, hint=EXTRA)
