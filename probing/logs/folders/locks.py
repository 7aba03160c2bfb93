"""Locks of runs and GPUs, held by the operating system: a killed process frees them at once.

Lock files lie on local disk, since locks on network file systems are unreliable.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time
import weakref
from pathlib import Path

from probing.errors import RunError

RETRY_S = 0.01
# a lock file of others may be anything: a pipe must not be waited for, a link not be followed
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


class Lock:
    """An exclusive lock on a file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        _MADE.add(self)

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


_MADE: weakref.WeakSet[Lock] = weakref.WeakSet()


def _forget_locks() -> None:
    """A forked child shares the locks of its parent, and would hold them after its end."""
    for lock in _MADE:
        lock.release()


os.register_at_fork(after_in_child=_forget_locks)


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
    """Open for reading, which is all that a lock needs, so that users can share a GPU's lock.

    Raises `RunError` for what another user put in its place.
    """
    try:
        return os.open(path, _OPEN)
    except FileNotFoundError:
        file = os.open(path, _OPEN | os.O_CREAT, 0o644)
        os.fchmod(file, 0o644)  # whatever the umask of the first user
        return file
    except OSError as error:
        what = f"the lock file cannot be opened ({error.strerror})"
        raise RunError(what, where=str(path), hint="ask its owner to remove it") from None


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; asking does not block other askers."""
    if not path.exists():
        return False
    file = _locked(path, fcntl.LOCK_SH)
    if file is not None:
        os.close(file)
    return file is None


def run_lock(folder: Path) -> Path:
    """The lock file of the run in `folder`."""
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return locks_folder() / f"run-{digest}.lock"


def device_lock(uuid: str) -> Path:
    """The lock file of the GPU with that UUID, shared by all users of the machine."""
    return _local_root() / f"probe-tui-gpu-{uuid}.lock"


def locks_folder() -> Path:
    """This user's lock folder on local disk: the first place that no other user has taken.

    Raises `RunError` where all of them are taken.
    """
    places = [root / f"probe-tui-{os.getuid()}" for root in _local_roots()]
    for place in places:
        if _is_own(place):
            return place
    hint = "ask its owner or an administrator to remove it"
    raise RunError("the lock folder belongs to another user", where=str(places[0]), hint=hint)


def _is_own(folder: Path) -> bool:
    """Make `folder` where it is not there; whether it is this user's own, and no link."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()


def _local_roots() -> list[Path]:
    """Where lock folders may lie; a user may be kept out of one, but hardly out of all."""
    return [_local_root(), *map(Path, ("/var/tmp", "/dev/shm")), Path.home()]


def _local_root() -> Path:
    """`/tmp` rather than `$TMPDIR`: a batch job's own would hide its locks from a login shell."""
    root = Path("/tmp")
    return root if os.access(root, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
