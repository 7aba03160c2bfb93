"""Read model files safely: regular files only, of limited size, depth and number of values."""

from __future__ import annotations

import json
import os
import stat
from itertools import islice
from pathlib import Path
from typing import Any

from probing.errors import ModelError

MIB = 2**20
_POINTER = b"version https://git-lfs.github.com/spec/"
LFS_HINT = "fetch its content with: git lfs pull"
_MOST_VALUES = 5_000_000  # the largest tokenizers have 3 million; each may take 100 bytes
_MOST_ENTRIES = 100_000


def is_regular(path: Path) -> bool:
    """Whether `path` is a file that can be read to its end, which a pipe or a device is not."""
    return _kind(path) == stat.S_IFREG


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder; False also for a name that no file can have."""
    return _kind(path) == stat.S_IFDIR


def _kind(path: Path) -> int:
    """What lies at `path`, as in `stat`; 0 where nothing can be seen."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except (OSError, ValueError):
        return 0


def check_regular(folder: Path, name: str) -> None:
    """Raises `ModelError` for a pipe or a device in `folder`, which a reader would wait for."""
    try:
        entries = list(islice(folder.iterdir(), _MOST_ENTRIES))
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror})", where=name) from None
    for path in entries:
        if _kind(path) not in (0, stat.S_IFREG, stat.S_IFDIR):
            what = f"{path.name} is a pipe or a device, not a file"
            raise ModelError(what, where=name, hint="remove it")


def read_head(path: Path, name: str, n_bytes: int) -> bytes:
    """The first `n_bytes` of a file of the model `name`, or all of a shorter one.

    Raises `ModelError` for what is not a regular file, cannot be read, or is a Git LFS pointer.
    """
    if path.exists() and not is_regular(path):
        raise ModelError(f"{path.name} is not a regular file", where=name, hint="replace it")
    try:
        with path.open("rb") as file:
            head = file.read(max(n_bytes, len(_POINTER)))
    except OSError as error:
        what = f"{path.name} cannot be read ({os.strerror(error.errno or 0)})"
        raise ModelError(what, where=name) from None
    if head.startswith(_POINTER):
        raise ModelError(f"{path.name} is only a Git LFS pointer", where=name, hint=LFS_HINT)
    return head[:n_bytes]


def read_json(path: Path, name: str, limit: int = 16 * MIB) -> Any:
    """The content of a JSON file of at most `limit` bytes; raises `ModelError` otherwise."""
    head = read_head(path, name, limit + 1)
    if len(head) > limit:
        what = f"{path.name} is larger than {limit // MIB} MiB"
        raise ModelError(what, where=name, hint="no real model needs that; replace it")
    return parsed(head, path.name, name)


def parsed(text: bytes, file: str, name: str) -> Any:
    """The JSON value that `text` of `file` holds; raises `ModelError` otherwise."""
    if sum(text.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        what = f"{file} holds more than {_MOST_VALUES:,} values"
        raise ModelError(what, where=name, hint="no real model needs that; replace it")
    try:
        return json.loads(text)
    except RecursionError:
        raise ModelError(f"{file} is nested too deeply", where=name, hint="replace it") from None
    except ValueError as error:
        what = f"{file} cannot be read ({error})"
        raise ModelError(what, where=name, hint="download the whole file again") from None
