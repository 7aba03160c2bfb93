"""Decompress gzip, bzip2, xz and Zstandard, known by their first bytes, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from probing.errors import DatasetError

MOST_BYTES = 2**32
MOST_FOLD = 200
_ALWAYS_ALLOWED = 2**26
_CHUNK = 2**20
_HEAD = 6  # bytes that tell a kind
_ZSTD_CHUNK = 2**12  # a few bytes of Zstandard may be 128 KiB of output


def decompressed(path: Path, data: bytes) -> bytes:
    """The bytes as they were before compression; bytes that are not compressed as they are.

    Raises `DatasetError` for damage, and where more than 4 GiB, or beyond 64 MiB more than
    200 times the file, would come out.
    """
    kind = _kind_of(data)
    if kind is None:
        return data
    parts, size = [], 0
    with _telling(path, kind):
        for part in _KINDS[kind][1](io.BytesIO(data)):
            size += len(part)
            if size > MOST_BYTES or size > max(_ALWAYS_ALLOWED, MOST_FOLD * len(data)):
                raise _too_large(path, kind, size)
            parts.append(part)
    return b"".join(parts)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to be read piece by piece, as it was before compression.

    Raises `DatasetError` where it cannot be read, and, while it is read, for damage.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})", where=str(path)) from None
    with file:
        kind = _kind_of(file.peek(_HEAD))
        if kind is None:
            yield file
            return
        with _telling(path, kind):
            yield io.BufferedReader(_Unpacked(_KINDS[kind][1](file)))


class _Unpacked(io.RawIOBase):
    """Pieces of bytes as one stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.left = memoryview(piece)
        n = min(len(buffer), len(self.left))
        buffer[:n], self.left = self.left[:n], self.left[n:]
        return n


def _kind_of(head: bytes) -> str | None:
    return next((kind for kind in _KINDS if head.startswith(_KINDS[kind][0])), None)


@contextmanager
def _telling(path: Path, kind: str) -> Iterator[None]:
    """Raises `DatasetError` for damage, or a package that is missing."""
    try:
        yield
    except ModuleNotFoundError:
        hint = f"run: pip install zstandard, or decompress it: zstd -d {path.name}"
        what = "Zstandard files need the package zstandard"
        raise DatasetError(what, where=str(path), hint=hint) from None
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        hint = "copy or download the file again"
        what = f"damaged {kind} file: {error}"
        raise DatasetError(what, where=str(path), hint=hint) from None


def _too_large(path: Path, kind: str, size: int) -> DatasetError:
    what = f"the {kind} file expands to more than {size // 2**20:,} MiB"
    hint = "decompress it and keep the rows that you need"
    return DatasetError(what, where=str(path), hint=hint)


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    return _chunks(gzip.GzipFile(fileobj=file).read)


def _bz2(file: BinaryIO) -> Iterator[bytes]:
    return _chunks(bz2.BZ2File(file).read)


def _xz(file: BinaryIO) -> Iterator[bytes]:
    return _chunks(lzma.LZMAFile(file).read)


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while part := read(_CHUNK):
        yield part


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    import zstandard  # few files need it

    left = b""
    try:
        while piece := left or file.read(_ZSTD_CHUNK):
            frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(piece)
            while not frame.eof:
                piece = file.read(_ZSTD_CHUNK)
                if not piece:
                    raise EOFError("it is cut short")
                yield frame.decompress(piece)
            left = frame.unused_data
    except zstandard.ZstdError as error:
        raise ValueError(error) from None


_KINDS: dict[str, tuple[bytes, Callable[[BinaryIO], Iterator[bytes]]]] = {
    "gzip": (b"\x1f\x8b", _gzip),
    "bzip2": (b"BZh", _bz2),
    "xz": (b"\xfd7zXZ\0", _xz),
    "Zstandard": (b"\x28\xb5\x2f\xfd", _zstd),
}
