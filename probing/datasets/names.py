"""Names of datasets: safe to show and to make files of, and no two alike in a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_LONGEST = 80


def dataset_name(said: str | None, own: str | None, path: Path) -> str:
    """The name that the spec says, else the dataset's own, else that of its file."""
    stem = path.name if path.is_dir() else path.stem
    return next((name for name in map(safe_name, (said, own, stem)) if name), "dataset")


def safe_name(name: str | None) -> str:
    """The name with whatever could build a path or steer a terminal replaced by `-`."""
    kept = "".join(c if c.isprintable() and c not in "/\\:" else "-" for c in name or "")
    return kept.strip(" .-")[:_LONGEST]


def distinct(named: Sequence[tuple[str, Path]]) -> list[str]:
    """The names, those that stand twice led by their folder's name, and then counted."""
    plain = [name for name, _ in named]
    led = [
        safe_name(f"{path.resolve().parent.name}-{name}") if plain.count(name) > 1 else name
        for name, path in named
    ]
    taken: list[str] = []
    for name in led:
        taken.append(_free(name, taken))
    return taken


def _free(name: str, taken: Sequence[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
