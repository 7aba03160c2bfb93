"""Evict the least recently used entries of the activation cache to make room."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from probing.activations.manifest import SUFFIX

STALE_S = 3600.0  # an unnamed file as old as this belongs to a run that broke off


@dataclass
class _Files:
    """The files of one entry, their bytes, and when it was used or at least written last."""

    is_named: bool = False
    used_at: float = 0.0
    size: int = 0
    paths: list[Path] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Count in a file; the time of a manifest is the last use of what it names."""
        stat = path.stat()
        self.paths.append(path)
        self.size += stat.st_size
        self.is_named = self.is_named or path.suffix == SUFFIX
        self.used_at = max(self.used_at, stat.st_mtime)

    def remove(self) -> None:
        """Remove the files, the manifest first: what it names is never missing for long."""
        for path in sorted(self.paths, key=lambda path: path.suffix != SUFFIX):
            path.unlink(missing_ok=True)


def evict(root: Path, limit: int, kept: Collection[str]) -> int:
    """Remove entries until at most `limit` bytes are left; returns the bytes that are.

    The least recently used go first, those named in `kept` never. Files that no manifest names
    may be under way, and are removed once they are stale.
    """
    entries = _entries(root)
    held = sum(entry.size for entry in entries.values())
    for name, entry in sorted(entries.items(), key=lambda item: item[1].used_at):
        if held <= limit:
            break
        if entry.is_named and name not in kept:
            entry.remove()
            held -= entry.size
    return held


def _entries(root: Path) -> dict[str, _Files]:
    entries: dict[str, _Files] = {}
    for path in root.iterdir():
        name = path.name.lstrip(".").partition(".")[0]
        with contextlib.suppress(OSError):  # another run removed it
            entries.setdefault(name, _Files()).add(path)
    for name, entry in list(entries.items()):
        if not entry.is_named and time.time() - entry.used_at > STALE_S:
            entries.pop(name).remove()
    return entries
