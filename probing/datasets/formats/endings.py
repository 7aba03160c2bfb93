"""The file extension that gives the format, and the name without extensions."""

from __future__ import annotations

from pathlib import Path

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


def ending(path: Path) -> str:
    """The ending in lower case, before that of a compression: `.csv` of `a.CSV.gz`."""
    return Path(_inner(path.name)).suffix.lower()


def stem(path: Path) -> str:
    """The name without its ending and without that of a compression: `a` of `a.csv.gz`."""
    return Path(_inner(path.name)).stem


def _inner(name: str) -> str:
    path = Path(name)
    return path.stem if path.suffix.lower() in COMPRESSED else name
