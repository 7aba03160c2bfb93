"""A temporary folder of Ray for one run: short, of this user alone, and gone with the run."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from probing.logs.folders.locks import Lock, is_held

_MOST_BYTES = 24  # of the folder above: the sockets below it add 81, and a path may have 107
_LOCK = "lock"
_FRESH_S = 10.0  # of a folder that another process may just have made, and locks next


class OwnFolder:
    """A folder for Ray's sockets and logs, which this process holds until `remove` or its end.

    Those that processes left which are gone are removed.
    """

    def __init__(self) -> None:
        above = _above()
        _remove_left(above)
        self.path = above / secrets.token_hex(3)
        self.path.mkdir(mode=0o700)
        self._lock = Lock(self.path / _LOCK)
        self._lock.acquire()

    def remove(self) -> None:
        """Let it go."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()


def _above() -> Path:
    """A folder of this user: two users of one machine have one each, under a short name."""
    chosen = Path(tempfile.gettempdir())
    own = f"pt-ray-{os.getuid()}"
    is_short = len(os.fsencode(chosen / own)) <= _MOST_BYTES
    above = (chosen if is_short else Path("/tmp")) / own
    above.mkdir(mode=0o700, exist_ok=True)
    if above.is_symlink() or above.stat().st_uid != os.getuid():  # somebody took the name
        return Path(tempfile.mkdtemp(prefix="pt-", dir=above.parent))
    return above


def _remove_left(above: Path) -> None:
    for each in above.iterdir():
        lock = each / _LOCK
        with suppress(OSError):
            is_old = time.time() - lock.stat().st_mtime > _FRESH_S
            if is_old and not is_held(lock):
                shutil.rmtree(each, ignore_errors=True)
