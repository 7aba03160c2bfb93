"""Dataset names that are safe to show and to use in file names."""

from __future__ import annotations

from pathlib import Path

from probing.datasets.formats.endings import stem

_LONGEST = 80


def dataset_name(said: str | None, own: str | None, path: Path) -> str:
    """The name in the spec, else the dataset's own, else that of its file."""
    own_stem = path.name if path.is_dir() else stem(path)
    return next((name for name in map(safe_name, (said, own, own_stem)) if name), "dataset")


def safe_name(name: str | None) -> str:
    """The name with whatever could build a path or steer a terminal replaced by `-`."""
    kept = "".join(c if c.isprintable() and c not in "/\\:" else "-" for c in name or "")
    return kept.strip(" .-")[:_LONGEST]
