"""Operating-system locks: a killed process frees its locks at once.

Lock files lie on local disk, since locks on network file systems are not to be trusted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path

from probing.errors import RunError


class Lock:
    """An exclusive lock on a file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free; child processes do not inherit it."""
        file = _opened(self.path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _opened(path: Path) -> int:
    """Open for reading, which is all that a lock needs, so that users can share a GPU's lock."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`."""
    if not path.exists():
        return False
    lock = Lock(path)
    free = lock.acquire()
    lock.release()
    return not free


def run_lock(folder: Path) -> Path:
    """The lock file of the run in `folder`."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    return locks_folder() / f"run-{digest}.lock"


def device_lock(uuid: str) -> Path:
    """The lock file of the GPU with that UUID, shared by all users of the machine."""
    return Path(tempfile.gettempdir()) / f"probe-tui-gpu-{uuid}.lock"


def locks_folder() -> Path:
    """This user's lock folder on local disk."""
    root = Path(tempfile.gettempdir()) / f"probe-tui-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise RunError("belongs to another user", where=str(root), hint="remove it or set TMPDIR")
    return root
