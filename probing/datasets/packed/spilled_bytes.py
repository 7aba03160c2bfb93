"""Bytes that are written once: few are held in memory, many in an unnamed file."""

from __future__ import annotations

import os
import tempfile
import weakref

MOST_HELD = 2**24  # in memory
_PIECE = 2**20  # that is written at once to a file that is there


class SpilledBytes:
    """Bytes one after another, of which all but the last lie in a temporary file; in memory where
    none can be written."""

    def __init__(self, most_held: int | None = None) -> None:
        self._most_held = MOST_HELD if most_held is None else most_held
        self._held, self._n_filed = bytearray(), 0
        self._file: int | None = None
        self._is_full = False

    def __len__(self) -> int:
        return self._n_filed + len(self._held)

    def append(self, data: bytes | memoryview) -> None:
        """Put `data` behind all that is there."""
        self._held += data
        if len(self._held) >= self._most_held and not self._is_full:
            self._spill()

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`, which lie within."""
        filed = max(0, min(stop, self._n_filed) - start)
        data = _read(self._file, start, filed) if self._file is not None and filed else b""
        held = max(start, self._n_filed) - self._n_filed
        return data + self._held[held : stop - self._n_filed] if stop > self._n_filed else data

    def _spill(self) -> None:
        try:
            if self._file is None:
                with tempfile.TemporaryFile() as file:
                    self._file = os.dup(file.fileno())
                weakref.finalize(self, os.close, self._file)
            _write(self._file, self._n_filed, self._held)
        except OSError:
            self._is_full = True
            return
        self._n_filed += len(self._held)
        self._held.clear()
        self._most_held = min(self._most_held, _PIECE)


def _write(file: int, start: int, data: bytearray) -> None:
    with memoryview(data) as left:
        done = 0
        while done < len(left):
            done += os.pwrite(file, left[done:], start + done)


def _read(file: int, start: int, n_bytes: int) -> bytes:
    pieces = []
    while n_bytes:
        pieces.append(os.pread(file, n_bytes, start))
        if not pieces[-1]:
            raise OSError("a temporary file was cut")
        start, n_bytes = start + len(pieces[-1]), n_bytes - len(pieces[-1])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
