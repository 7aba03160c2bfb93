"""Open files of a run folder safely: plain files only, no links, pipes or devices.

A run folder may come from someone else, with a link or a device where a file belongs.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from probing.errors import RunError

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_OUR_SUFFIXES = {".draft", ".json", ".jsonl", ".log", ".parquet", ".safetensors", ".toml"}
_FETCHED = {".parquet", ".safetensors"}
_LINK, _SHARED = "a link or a device", "a file of two names (a hard link)"
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


def opened(path: Path) -> BufferedReader:
    """A plain file to read; raises `OSError` where there is none, and never waits for a pipe."""
    return os.fdopen(_plain(_found(path), path), "rb")


def _found(path: Path) -> int:
    """The descriptor of a file; a large one of a run in a store is fetched where it is not here."""
    try:
        return os.open(path, _READ)
    except FileNotFoundError:
        if path.suffix not in _FETCHED:
            raise
        from probing.logs.mirrors.on_demand import fetched  # which opens files itself

        if not fetched(path):
            raise
        return os.open(path, _READ)


def has_file(path: Path) -> bool:
    """Whether there is a plain file to read, here or in the store of its run."""
    try:
        opened(path).close()
    except OSError:
        return False
    return True


def read_bytes(path: Path, most: int = -1) -> bytes:
    """The first `most` bytes of a plain file, or all of them; raises `OSError`."""
    with opened(path) as file:
        return file.read(most)


def open_to_write(path: Path, more: int = 0) -> int:
    """The descriptor of a plain file that is made where it is not there, readable by its owner.

    Raises `RunError` for a link, which would have another file written, and `OSError`.
    """
    try:
        file = _plain(os.open(path, _WRITE | more, 0o600), path)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EINVAL):
            raise _not_plain(path, _LINK) from None
        raise
    if os.fstat(file).st_nlink > 1:
        os.close(file)
        raise _not_plain(path, _SHARED)
    return file


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises `OSError`."""
    draft, file = draft_of(path)
    with os.fdopen(file, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def draft_of(path: Path) -> tuple[Path, int]:
    """A new file beside `path`, to be renamed to it, and its descriptor; raises `OSError`."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)  # of a run that broke off, or a link
    return draft, os.open(draft, _WRITE | os.O_EXCL, 0o600)


def check_plain(folder: Path) -> None:
    """Raise `RunError` for a link, a pipe, a device or a folder among the files of a run folder."""
    for place in (folder, folder / "blocks", folder / "probes"):
        for entry in os.scandir(place) if place.is_dir() else ():
            if kind := _odd_kind(entry):
                raise _not_plain(Path(entry.path), kind)


def _odd_kind(entry: os.DirEntry[str]) -> str:
    """What stands where a plain file belongs; empty where all is well."""
    if entry.is_dir(follow_symlinks=False):
        return "a folder" if Path(entry.name).suffix in _OUR_SUFFIXES else ""
    if not entry.is_file(follow_symlinks=False):
        return _LINK
    # a file of two names may be somebody's backup, or another run's
    return _SHARED if entry.stat(follow_symlinks=False).st_nlink > 1 else ""


def _not_plain(path: Path, kind: str) -> RunError:
    hint = "replace it with a plain copy, or start a new run"
    return RunError(f"is {kind}, so nothing is written to it", where=str(path), hint=hint)


def _plain(file: int, path: Path) -> int:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return file
