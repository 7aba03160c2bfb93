"""The lines of a run's logs: what its runner printed, and what happened, an event a line."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from probing.logs.folders.plain_files import opened
from probing.logs.states.endings import Stamp

MOST_BYTES = 2**24
MOST_LINES = 200_000
_LONG = 6
_FOLD = re.compile(rb'\{"seq":\d+,"time":[\d.]+,"kind":"(?:fold_done|cell_pooled|cell_learned)"')
_QUIET = ("seq", "time", "kind", "crc", "summary", "attempt")


class LogFile:
    """The last lines of a growing file, read anew only where it has changed."""

    def __init__(self, path: Path, told: Callable[[bytes], str | None]) -> None:
        self.path = path
        self._told = told
        self._stamp: Stamp | None = None
        self._lines: list[str] = []
        self._at = 0

    def read(self) -> Sequence[str]:
        """The lines; the very same list where nothing has come."""
        try:
            stamp = Stamp.of(self.path.stat())
            if stamp != self._stamp:
                self._take(stamp)
        except OSError:
            self._lines = []
        return self._lines

    def _take(self, stamp: Stamp) -> None:
        if stamp.n_bytes < self._at:  # another file
            self._lines, self._at = [], 0
        with opened(self.path) as file:
            start = max(self._at, stamp.n_bytes - MOST_BYTES)
            file.seek(start)
            data = file.read(MOST_BYTES)
        first = data.find(b"\n") + 1 if start > self._at else 0
        # a progress bar ends its line with the other one
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 or len(data)
        told = (self._told(line) for line in data[first:end].splitlines())
        self._lines = [*self._lines, *(line for line in told if line is not None)][-MOST_LINES:]
        self._at, self._stamp = start + end, stamp


def printed(line: bytes) -> str:
    """A line of `runner.log`."""
    return line.decode("utf-8", "replace")


def happened(line: bytes) -> str | None:
    """An event as a line: its time, its kind, what it says; folds, most of a log, are left out."""
    if _FOLD.match(line):
        return None
    try:
        event = json.loads(line)
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(event["time"])))
        said = "  ".join(_said(key, value) for key, value in event.items() if key not in _QUIET)
        return f"{clock}  {str(event['kind']).replace('_', ' ')}  {said}"
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return printed(line)


def _said(key: str, value: object) -> str:
    if isinstance(value, dict):
        return f"{key}={len(value)} entries" if len(value) > _LONG else f"{key}={json.dumps(value)}"
    if isinstance(value, list):
        return f"{key}={len(value)}" if len(value) > _LONG else f"{key}={','.join(map(str, value))}"
    return f"{key}={value}"
