"""The events of a run in a store, which cannot append: parts that are joined as they grow.

A new part takes in those before it that are not much larger. So there are few, about the
logarithm of the log's size, and no byte is sent more often than that.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Sequence
from pathlib import Path

from probing.logs.folders.plain_files import opened
from probing.logs.mirrors.contents import LOG
from probing.logs.mirrors.heads import Part

_FOLDER = "events"
_TAIL = 256
_MOST = 2**26  # bytes of a part


def whole_lines(log: Path, start: int) -> int:
    """Where the last whole line ends, at least `start`; 0 where the log is shorter than that."""
    try:
        with opened(log) as file:
            size = file.seek(0, 2)
            if size < start:
                return 0
            file.seek(start)
            return start + file.read(size - start).rfind(b"\n") + 1
    except OSError:
        return 0


def tail_of(log: Path, end: int) -> int:
    """The checksum of the last bytes before `end`, by which a log is known again."""
    with contextlib.suppress(OSError), opened(log) as file:
        file.seek(max(end - _TAIL, 0))
        return zlib.crc32(file.read(min(end, _TAIL)))
    return 0


def next_part(parts: Sequence[Part], end: int) -> tuple[list[Part], Part]:
    """The parts that stay, and the new one up to `end`."""
    kept = list(parts)
    start = kept[-1].end if kept else 0
    while kept and kept[-1].end - kept[-1].start <= 2 * (end - start):
        if end - kept[-1].start > _MOST:
            break
        start = kept.pop().start
    return kept, Part(start, end, f"{_FOLDER}/{start:015d}-{end:015d}.jsonl")


def whole_log(end: int) -> Part:
    """The part of a run that is over: its log, under its own name."""
    return Part(0, end, LOG)


def bytes_of(log: Path, part: Part) -> bytes:
    """What a part holds; raises `OSError`."""
    with opened(log) as file:
        file.seek(part.start)
        return file.read(part.end - part.start)
