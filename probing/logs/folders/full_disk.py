"""Recognise a full disk, and keep some room in reserve to log it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from probing.logs.folders.plain_files import draft_of

_RESERVE = 2**16  # bytes: enough for the last events of a run
_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_LEAST = 2**20


def is_disk_full(error: BaseException | None) -> bool:
    """Whether `error`, or what it came of, is that no room is left; libraries only say it."""
    return _is_one_of(error, _NUMBERS)


def is_file_too_large(error: BaseException | None) -> bool:
    """Whether it is that a file may not grow further: by `ulimit -f`, or on its file system."""
    return _is_one_of(error, (errno.EFBIG,))


def _is_one_of(error: BaseException | None, numbers: Sequence[int]) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in numbers:
            return True
        if any(os.strerror(number) in str(error) for number in numbers):
            return True
        error = error.__cause__ or error.__context__
    return False


def has_no_room(folder: Path) -> bool:
    """Whether next to nothing can be written in `folder` now."""
    try:
        return shutil.disk_usage(folder).free < _LEAST
    except OSError:
        return False


class Reserve:
    """Some of the disk, held in the run folder until it is needed to log how the run ended."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".reserve"

    def take(self) -> None:
        """Hold it, where the disk has as much."""
        with suppress(OSError):
            draft, file = draft_of(self.path)
            with os.fdopen(file, "wb") as stream:
                stream.write(os.urandom(_RESERVE))  # zeros may take no room
                stream.flush()
                os.fsync(file)
            draft.replace(self.path)

    def release(self) -> None:
        """Let the disk have it back."""
        with suppress(OSError):
            self.path.unlink()
