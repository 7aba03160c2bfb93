"""Append to and read `events.jsonl`; a torn last line does no harm."""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from probing.errors import RunError
from probing.events import Event, Logged, from_line, has_checksum, to_line
from probing.logs.folders.plain_files import open_to_write, opened

_LONGEST = 2**24 + 1  # bytes of a line; the summary at the end may be long
_PIECE = 2**20


class EventWriter:
    """Appends events; the only writer of its file.

    Cuts a torn tail when it opens. Whole lines behind a damaged one cannot count, since they
    build on it; they are kept in a file of their own, `events.damaged.jsonl`. `n_bytes` and
    `crc` are the length and the CRC-32 of the log so far.
    """

    def __init__(self, path: Path) -> None:
        logged, end = read_events(path)
        self.path = path
        self.next_seq = logged[-1].seq + 1 if logged else 0
        self.n_bytes, self.crc = end, _crc(path, end)
        self._time = logged[-1].time if logged else None
        _keep_lines(path, end)
        self._file = open_to_write(path)
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)

    def append(self, events: Iterable[Event]) -> list[Logged]:
        """Write the events as one batch and return when they are on the disk."""
        now = time.time()
        logged = [Logged(self.next_seq + at, now, event) for at, event in enumerate(events)]
        data = whole = "".join(to_line(one) for one in logged).encode()
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise RunError(
                f"cannot be written ({error.strerror})",
                where=str(self.path),
                hint="make room, then resume the run",
            ) from None
        self.next_seq += len(logged)
        self.n_bytes, self.crc = self.n_bytes + len(whole), zlib.crc32(whole, self.crc)
        self._time = logged[-1].time if logged else self._time
        return logged

    def close(self) -> None:
        """Close the file; from its time a reader sees whether it was written to since."""
        if self._time is not None:
            with contextlib.suppress(OSError, OverflowError):
                os.utime(self._file, ns=(closing_time_ns(self._time),) * 2)
        os.close(self._file)


def closing_time_ns(seconds: float) -> int:
    """The time that a log is given when it is closed, for that of its last event."""
    return round(round(seconds, 3) * 1000) * 10**6 if math.isfinite(seconds) else 0


def _crc(path: Path, n_bytes: int) -> int:
    if not n_bytes:
        return 0
    with opened(path) as file:
        return zlib.crc32(file.read(n_bytes))


def _keep_lines(path: Path, offset: int) -> None:
    """Copy what lies behind `offset` aside where it is more than a torn line."""
    try:
        with opened(path) as file:
            file.seek(offset)
            if not any(b"\n" in piece for piece in iter(lambda: file.read(_PIECE), b"")):
                return
            file.seek(offset)
            aside = open_to_write(path.with_name("events.damaged.jsonl"), os.O_APPEND)
            with os.fdopen(aside, "ab") as kept:
                shutil.copyfileobj(file, kept)
    except FileNotFoundError:
        return


class EventsRead(NamedTuple):
    """Events, the offset behind the last of them, and what is damaged there, if anything is."""

    logged: list[Logged]
    offset: int
    damage: str = ""


def read_events(path: Path, offset: int = 0) -> tuple[list[Logged], int]:
    """The events from byte `offset` on, and the offset behind the last whole line."""
    read = read_on(path, offset, None if offset else 0)
    return read.logged, read.offset


def read_on(
    path: Path, offset: int = 0, seq: int | None = 0, *, has_folds: bool = True
) -> EventsRead:
    """The events from byte `offset` on, the first of which has the number `seq` (None: any).

    Stops before the first line that is not whole, whose checksum is wrong, or that does not
    follow the one before it. Only a last line may be cut off; any other is damage. Without
    `has_folds`, what only results need, most of a log, are bare events with their time.
    """
    decode = decoded if has_folds else _decoded_but_folds
    logged: list[Logged] = []
    for line in _lines(path, offset):
        is_torn = not line.endswith(b"\n")
        event = None if is_torn else decode(line[:-1])
        expected = logged[-1].seq + 1 if logged else seq
        if event is None or expected not in (None, event.seq):
            # all of a line but its end, which is another byte now, is damage too
            is_cut_off = is_torn and len(line) < _LONGEST and decoded(line[:-1]) is None
            return EventsRead(logged, offset, "" if is_cut_off else _damage(path, expected))
        logged.append(event)
        offset += len(line)
    return EventsRead(logged, offset)


def _lines(path: Path, offset: int) -> Iterator[bytes]:
    """The lines from byte `offset` on; none where the file cannot be read."""
    with contextlib.suppress(OSError), opened(path) as file:
        file.seek(offset)
        while line := file.readline(_LONGEST):
            yield line


def _damage(path: Path, seq: int | None) -> str:
    return f"{path.name} is damaged" + ("" if seq is None else f" at line {seq + 1}")


def decoded(line: bytes) -> Logged | None:
    """The event of a line without its end; None where the line is not whole or not of ours."""
    try:
        return from_line(line.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError):
        return None


_FOLD = re.compile(
    rb'\{"seq":(\d{1,18}),"time":(\d{1,12}(?:\.\d+)?),"kind":"(?:fold_done|cell_pooled|cell_learned)",'
)
_BARE = Event()


def _decoded_but_folds(line: bytes) -> Logged | None:
    found = _FOLD.match(line)
    if found is None:
        return decoded(line)
    return Logged(int(found[1]), float(found[2]), _BARE) if has_checksum(line) else None
