"""Dataset facts for a picker: for a broken file they hold its error, which is not raised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from probing.datasets.facts import DatasetFacts, facts_of
from probing.datasets.loading import load
from probing.datasets.names import dataset_name
from probing.errors import DatasetError
from probing.spec import DatasetSpec

_MOST_KEPT = 256
_MOST_FILES = 1000
_DEEPEST = 2

Stamp = tuple[tuple[str, int, int], ...]

_kept: dict[tuple[DatasetSpec, Path, Stamp], DatasetFacts] = {}


def peek(spec: DatasetSpec, path: Path) -> DatasetFacts:
    """The facts of the dataset at `path`, kept in memory until the file changes."""
    key = (spec, path, _stamp(path))
    if key not in _kept:
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = _facts(spec, path)
    return _kept[key]


def _facts(spec: DatasetSpec, path: Path) -> DatasetFacts:
    try:
        return facts_of(load(spec, path))
    except DatasetError as error:
        name = dataset_name(spec.name, None, path)
        return DatasetFacts(name=name, path=str(path), error=str(error))


def _stamp(path: Path) -> Stamp:
    """The state of a file, or of what a folder and the folders in it hold."""
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
