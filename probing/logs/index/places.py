"""Where the index of a logs folder lies: in it, else in the user's cache, else nowhere for long."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import tempfile
from functools import lru_cache
from pathlib import Path

from probing.stores import local_cache

NAME = ".index"


def index_folder(logs: Path) -> Path:
    """The folder of the index of `logs`; who writes first makes it.

    One in the logs folder counts only if it is this user's own and closed to others, since an
    index is trusted. Where neither it nor the cache can be written, it lasts as long as the
    process.
    """
    own = logs / NAME
    if not logs.is_dir() or _is_usable(own):
        return own
    cached = _cached(logs)
    return cached if _is_usable(cached) else _passing()


def _cached(logs: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(logs.resolve())).hexdigest()[:32]
    return local_cache() / "index" / digest


@lru_cache
def _passing() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="probe-tui-index-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_usable(folder: Path) -> bool:
    """Whether it is a folder of this user that others cannot enter, or one that can be made."""
    try:
        about = folder.lstat()
    except FileNotFoundError:
        there = next((path for path in folder.parents if path.exists()), folder)
        return os.access(there, os.W_OK | os.X_OK)
    except OSError:
        return False
    is_closed = stat.S_ISDIR(about.st_mode) and not stat.S_IMODE(about.st_mode) & 0o077
    return is_closed and about.st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK)
