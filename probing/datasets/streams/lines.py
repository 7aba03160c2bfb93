"""The lines of a file or of standard input as they come; of a file that grows without end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from probing.datasets.formats.compression import opened
from probing.errors import DatasetError

POLL_S = 0.3
_LONGEST = 2**27  # bytes of a line: what is longer is no text


def lines_of(stream: BinaryIO, where: str) -> Iterator[bytes]:
    """Every line without its end; raises `DatasetError` for one that is endless."""
    while line := stream.readline(_LONGEST):
        yield _checked(line, where)


def growing_lines(path: Path, poll_s: float = POLL_S) -> Iterator[bytes | None]:
    """The whole lines of a file now, then those that are added; None while there is nothing new.

    A file that was cut or replaced is read from its start. It never ends. Raises `DatasetError` for
    a file that cannot be read.
    """
    while True:
        with opened(path) as file:
            begun = b""
            while True:
                piece = file.readline(_LONGEST)
                if piece.endswith(b"\n"):
                    yield _checked(begun + piece, str(path))
                    begun = b""
                    continue
                begun += piece
                _checked(begun, str(path))
                yield None
                time.sleep(poll_s)
                if _is_another(path, file):
                    break


def _is_another(path: Path, file: BinaryIO) -> bool:
    """Whether the file at `path` is no longer the one that is read, or has become shorter."""
    try:
        there, read = path.stat(), os.fstat(file.fileno())
    except OSError:  # it is gone, and may come back
        return False
    return there.st_size < file.tell() or not os.path.samestat(there, read)


def _checked(line: bytes, where: str) -> bytes:
    if len(line) >= _LONGEST:
        what = f"a line is longer than {_LONGEST // 2**20} MiB"
        raise DatasetError(what, where=where, hint="give one text a line")
    return line.rstrip(b"\r\n")
