"""Fetch a large file of a run when somebody opens it."""

from __future__ import annotations

import errno
from pathlib import Path

from probing.errors import ProbingError
from probing.logs.mirrors.heads import read_record
from probing.logs.mirrors.places import RECORD, url_of
from probing.logs.mirrors.pulling import fetch_files
from probing.stores import open_store


def fetched(path: Path) -> bool:
    """Whether a file that is not here was in the store, and is here now.

    Raises `OSError` where the store fails.
    """
    folder = next((one for one in path.parents[:2] if (one / RECORD).exists()), None)
    record, url = (read_record(folder), url_of(folder.parent)) if folder else (None, None)
    if folder is None or record is None or url is None:
        return False
    name = path.relative_to(folder).as_posix()
    if name not in record.head.files:
        return False
    try:
        fetch_files(folder, open_store(url), record.head, [name])
    except ProbingError as error:
        raise OSError(errno.EREMOTEIO, str(error), str(path)) from error
    return path.exists()


def fetch_all(folder: Path) -> None:
    """Have every file of a run here, before it goes on; raises `ProbingError` and `OSError`."""
    record, url = read_record(folder), url_of(folder.parent)
    if record is not None and url is not None:
        fetch_files(folder, open_store(url), record.head, record.head.files)
