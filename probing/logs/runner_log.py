"""`runner.log`: keeps what a runner prints, up to a size limit, and never fails the run."""

from __future__ import annotations

import io
import os
import sys

LARGEST = 2**26  # bytes of runner.log, whoever wrote them
_CUT = "\n[this log is full: further output is not kept]\n"


class RunnerLog(io.TextIOBase):
    """A text stream onto the open file `descriptor`; on a full disk what is printed is lost."""

    def __init__(self, descriptor: int, largest: int = LARGEST) -> None:
        self._descriptor, self._largest, self._is_cut = descriptor, largest, False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, whatever the locale."""
        return "utf-8"

    def fileno(self) -> int:
        """The descriptor, for those who hand it to a process."""
        return self._descriptor

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Append `text` where there is room for it."""
        if self._is_cut:
            return len(text)
        try:
            if os.fstat(self._descriptor).st_size + len(text) > self._largest:
                self._is_cut = True
                self._append(_CUT)
            else:
                self._append(text)
        except OSError:  # a full disk; the events say what happened
            pass
        return len(text)

    def _append(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._descriptor, data) :]


def take_over() -> None:
    """Have all that this process prints go through a `RunnerLog`."""
    sys.stdout, sys.stderr = RunnerLog(1), RunnerLog(2)
