"""Find the process that holds a run: only that one may be signalled, whatever its files say.

The holder has a record lock on a file beside the run's lock. The system names its process to
whoever asks, frees it when the process ends, and never hands it to a forked child.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import time
from pathlib import Path

_RETRY_S = 0.01
_IS_MAC = sys.platform == "darwin"
_FLOCK = "qqihh" if _IS_MAC else "hhqqi4x"  # struct flock of fcntl(2)


def sign(lock: Path, patience_s: float = 0.0) -> int:
    """Show, until it is closed, that this process holds `lock`; returns the open file.

    Raises `BlockingIOError` where another process goes on showing that, longer than `patience_s`.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(_signature(lock), flags, 0o600)
    end = time.monotonic() + patience_s
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(file)
                raise
        time.sleep(_RETRY_S)


def holder_of(lock: Path) -> int | None:
    """The process that signed `lock`, as this process would name it; None where none is seen."""
    try:
        file = os.open(_signature(lock), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        answer = fcntl.fcntl(file, fcntl.F_GETLK, _question())
    except OSError:
        return None
    finally:
        os.close(file)
    kind, pid = _kind_and_pid(answer)
    return pid if kind != fcntl.F_UNLCK and pid > 0 else None


def _question() -> bytes:
    """Who keeps others from writing to any byte of the file?"""
    if _IS_MAC:
        return struct.pack(_FLOCK, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
    return struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


def _kind_and_pid(answer: bytes) -> tuple[int, int]:
    told = struct.unpack(_FLOCK, answer)
    return (told[3], told[2]) if _IS_MAC else (told[0], told[4])


def _signature(lock: Path) -> Path:
    return lock.with_suffix(".holder")
