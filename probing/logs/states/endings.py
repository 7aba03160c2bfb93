"""Read a run that ended from the last line of its log, unless the log changed since."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from probing.events import Ended, Logged
from probing.logs.folders.plain_files import opened
from probing.logs.states.event_log import closing_time_ns, decoded
from probing.logs.states.state import RunState
from probing.logs.states.summaries import state_of

_FIRST = 2**14  # bytes: most summaries are shorter
_MOST = 2**24
_CHUNK = 2**20


class Stamp(NamedTuple):
    """What changes when a file is written: its size and its time."""

    n_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, about: os.stat_result) -> Stamp:
        """That of a file, by its `stat`."""
        return cls(about.st_size, about.st_mtime_ns)


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None where it is not there."""
    try:
        return Stamp.of(path.stat())
    except OSError:
        return None


@dataclass(frozen=True)
class Ending:
    """The state of a run by its last event, and the log of which it is the last."""

    state: RunState
    stamp: Stamp
    n_events: int


def ending_of(path: Path) -> Ending | None:
    """The ending of a log; None where it does not end with a summary, or is not as written.

    A log is as written if it has the time that its writer gave it when it closed it; else its
    checksum tells.
    """
    try:
        with opened(path) as file:
            return _ending(file)
    except OSError:
        return None


def _ending(file: BufferedReader) -> Ending | None:
    stamp = Stamp.of(os.fstat(file.fileno()))
    line = _last_line(file, stamp.n_bytes)
    end = decoded(line)
    state = None if end is None else state_of(end)
    if end is None or state is None:
        return None
    start = stamp.n_bytes - len(line) - 1
    is_closed = stamp.mtime_ns == closing_time_ns(end.time)
    if not (_says(end, "n_bytes", start) and (is_closed or _is_whole(file, start, end))):
        return None
    return Ending(state, stamp, end.seq + 1)


def _last_line(file: BufferedReader, size: int) -> bytes:
    """The last line without its end; empty where it is cut off or has no beginning."""
    n_bytes = _FIRST
    while True:
        n_bytes = min(n_bytes, size)
        data = os.pread(file.fileno(), n_bytes, size - n_bytes)
        start = data.rfind(b"\n", 0, -1) + 1
        if start or n_bytes in (size, _MOST):
            return data[start:-1] if data.endswith(b"\n") else b""
        n_bytes = min(n_bytes * 16, _MOST)


def _is_whole(file: BufferedReader, n_bytes: int, end: Logged) -> bool:
    """Whether the log before the last line has the checksum that this line tells."""
    crc = 0
    while n_bytes and (chunk := file.read(min(n_bytes, _CHUNK))):
        crc, n_bytes = zlib.crc32(chunk, crc), n_bytes - len(chunk)
    return not n_bytes and _says(end, "crc", f"{crc:08x}")


def _says(end: Logged, key: str, value: object) -> bool:
    return isinstance(end.event, Ended) and end.event.summary.get(key) == value
