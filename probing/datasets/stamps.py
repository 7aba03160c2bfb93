"""The state of a file or a folder: while it is the same, what was read from there still holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_MOST_FILES = 1000
_DEEPEST = 2

Stamp = tuple[tuple[str, int, int], ...]


def stamp(path: Path) -> Stamp:
    """The names, times and sizes of a file, or of what a folder and the folders in it hold."""
    try:
        files = sorted(_inside(path, _DEEPEST)) if path.is_dir() else [path]
        states = [(str(file), file.stat()) for file in files]
    except OSError:
        return ()
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


def _inside(folder: Path, depth: int) -> Iterator[Path]:
    for path in islice(folder.iterdir(), _MOST_FILES):
        yield path
        if depth and path.is_dir() and not path.is_symlink():
            yield from _inside(path, depth - 1)
