"""Operating-system locks: a killed process frees its locks at once.

Lock files lie on local disk, since locks on network file systems are not to be trusted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from pathlib import Path

from probing.errors import RunError

RETRY_S = 0.01


class Lock:
    """An exclusive lock on a file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, patience_s: float = 0.0) -> bool:
        """Take the lock if it is free, or is within `patience_s`; children do not inherit it.

        Who asks `is_held` has a share in the lock for that instant: patience outlasts it.
        """
        end = time.monotonic() + patience_s
        self._file = _locked(self.path, fcntl.LOCK_EX)
        while self._file is None and time.monotonic() < end:
            time.sleep(RETRY_S)
            self._file = _locked(self.path, fcntl.LOCK_EX)
        return self._file is not None

    def release(self) -> None:
        """Let the lock go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(path: Path, kind: int) -> int | None:
    """The open file with a lock of that kind on it; None where another holds one."""
    file = _opened(path)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _opened(path: Path) -> int:
    """Open for reading, which is all that a lock needs, so that users can share a GPU's lock."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.fchmod(file, 0o644)  # whatever the umask of the first user
        return file


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; those who ask do not see one another."""
    if not path.exists():
        return False
    file = _locked(path, fcntl.LOCK_SH)
    if file is not None:
        os.close(file)
    return file is None


def run_lock(folder: Path) -> Path:
    """The lock file of the run in `folder`."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    return locks_folder() / f"run-{digest}.lock"


def device_lock(uuid: str) -> Path:
    """The lock file of the GPU with that UUID, shared by all users of the machine."""
    return _local_root() / f"probe-tui-gpu-{uuid}.lock"


def locks_folder() -> Path:
    """This user's lock folder on local disk."""
    root = _local_root() / f"probe-tui-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise RunError("belongs to another user", where=str(root), hint="have it removed")
    return root


def _local_root() -> Path:
    """`/tmp` rather than `$TMPDIR`: a batch job's own would hide its locks from a login shell."""
    root = Path("/tmp")
    return root if os.access(root, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
