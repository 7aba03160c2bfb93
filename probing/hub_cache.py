"""The cache of the Hugging Face libraries, their hub, and whether they may ask it."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where Hugging Face keeps downloads: `HF_HUB_CACHE`, else `HF_HOME`, else its default."""
    for key in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(key):
            return Path(os.environ[key]).expanduser()
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]).expanduser() / "hub"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"


def is_offline() -> bool:
    """Whether the environment forbids asking the hub."""
    values = (os.environ.get(key, "") for key in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
    return any(value.upper() in ("1", "TRUE", "YES", "ON") for value in values)


def endpoint() -> str | None:
    """The address of the hub where the environment names another."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
