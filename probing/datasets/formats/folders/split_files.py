"""A folder with a file, or shards, per part: `train.csv` and `test.csv`, or the hub's Parquet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probing.datasets.formats.endings import ending, stem
from probing.datasets.formats.file_choice import READERS, is_file_of_rows, read_file
from probing.datasets.formats.source import USUAL, Layout
from probing.datasets.formats.split_names import make_a_split, part_of
from probing.datasets.formats.table import Table, joined
from probing.errors import DatasetError

_SHARD = re.compile(r"(?P<name>.+?)[-_.](?P<at>\d{4,6})-of-(?P<of>\d{4,6})(?:-[0-9a-f]{8,})?")
_WORDS = re.compile(r"[-_. ]+")
_SHORT = 3


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    shard: int | None
    n_shards: int | None


def is_folder(path: Path) -> bool:
    """Whether files of the folder, or of `data/` in it, are the parts of one dataset."""
    return bool(files_of(path))


def files_of(path: Path) -> list[Path]:
    """The files of the parts; none where the folder is no such dataset."""
    return [file.path for files in _parts(path).values() for file in files]


def read(path: Path, layout: Layout = USUAL) -> Table:
    """The table of all parts, with the name of the part as the split.

    Raises `DatasetError` that names a shard that is missing.
    """
    parts = _parts(path)
    tables = [_one(path, files, layout) for files in parts.values()]
    return tables[0] if len(tables) == 1 else joined(str(path), tables, "split", list(parts))


def _one(path: Path, files: list[_File], layout: Layout) -> Table:
    _complete(files)
    tables = [read_file(file.path, layout) for file in files]
    return tables[0] if len(tables) == 1 else joined(str(path), tables, "", ())


def _complete(files: list[_File]) -> None:
    first = files[0]
    if first.n_shards is None:
        return
    missing = sorted(set(range(first.n_shards)) - {file.shard for file in files})
    if missing:
        what = f"{len(missing)} of {first.n_shards} shards of {first.name!r} are missing"
        hint = f"download shard {missing[0]:05d}, or name the files that you have one by one"
        raise DatasetError(what, where=str(first.path.parent), hint=hint)


def _parts(path: Path) -> dict[str, list[_File]]:
    here = _in(path)
    return here or (_in(path / "data") if (path / "data").is_dir() else {})


def _in(folder: Path) -> dict[str, list[_File]]:
    """The files of each part, where one set of files of one format makes a dataset."""
    every = [path for path in sorted(folder.iterdir()) if path.name[0] != "." and path.is_file()]
    files = [_file(path) for path in every if ending(path) in READERS]
    sets: dict[tuple[str, str], dict[str, list[_File]]] = {}
    for file in files:
        part, rest = _part(file.name)
        if part or file.shard is not None:
            name = part or ""
            sets.setdefault((rest, ending(file.path)), {}).setdefault(name, []).append(file)
    whole = {key: parts for key, parts in sets.items() if _is_whole(parts)}
    plain = [key for key in whole if not key[0]]
    chosen = min(plain, key=lambda key: list(READERS).index(key[1])) if plain else None
    if chosen is None and len(whole) == 1:
        key = next(iter(whole))
        own = {file.path for part in whole[key].values() for file in part}
        chosen = None if any(is_file_of_rows(path) for path in every if path not in own) else key
    return {} if chosen is None else _ordered(whole[chosen])


def _is_whole(parts: Mapping[str, list[_File]]) -> bool:
    sharded = all((file.n_shards or 0) > 1 for files in parts.values() for file in files)
    return make_a_split(parts) or (len(parts) == 1 and sharded)


def _ordered(parts: dict[str, list[_File]]) -> dict[str, list[_File]]:
    order = ["train", "val", "test"]
    return {part: parts[part] for part in sorted(parts, key=lambda p: [*order, p].index(p))}


def _file(path: Path) -> _File:
    match = _SHARD.fullmatch(stem(path))
    if match is None:
        return _File(path, stem(path), None, None)
    return _File(path, match["name"], int(match["at"]), int(match["of"]))


def _part(name: str) -> tuple[str | None, str]:
    """The part that a name holds as a word, and the other words of the name."""
    if part_of(name):
        return part_of(name), ""
    words = _WORDS.split(name)
    found = [word for word in words if part_of(word) and len(word) >= _SHORT]
    if len(found) != 1:
        return None, name
    return part_of(found[0]), " ".join(word for word in words if word != found[0])
