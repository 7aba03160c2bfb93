"""Append to and read `events.jsonl`; a torn last line does no harm."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from probing.errors import RunError
from probing.events import Event, Logged, from_line, to_line

_ASIDE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class EventWriter:
    """Appends events; the only writer of its file.

    Cuts a torn tail when it opens. Whole lines behind a damaged one cannot count, since they
    build on it; they are kept in a file of their own, `events.damaged.jsonl`.
    """

    def __init__(self, path: Path) -> None:
        logged, end = read_events(path)
        self.path = path
        self.next_seq = logged[-1].seq + 1 if logged else 0
        _keep_lines(path, end)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)

    def append(self, events: Iterable[Event]) -> list[Logged]:
        """Write the events as one batch and return when they are on the disk."""
        now = time.time()
        logged = [Logged(self.next_seq + at, now, event) for at, event in enumerate(events)]
        data = "".join(to_line(one) for one in logged).encode()
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
        return logged

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _keep_lines(path: Path, offset: int) -> None:
    """Copy what lies behind `offset` aside where it is more than a torn line."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        tail = file.read()
    if b"\n" in tail:
        aside = os.open(path.with_name("events.damaged.jsonl"), _ASIDE, 0o600)
        with os.fdopen(aside, "ab") as kept:
            kept.write(tail)


def read_events(path: Path, offset: int = 0) -> tuple[list[Logged], int]:
    """The events from byte `offset` on, and the offset behind the last whole line.

    Stops before the first line that is not whole or whose checksum is wrong.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    logged = []
    for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
        event = _decoded(line)
        if event is None:
            break
        logged.append(event)
        offset += len(line)
    return logged, offset


def _decoded(line: bytes) -> Logged | None:
    try:
        return from_line(line.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError):
        return None
