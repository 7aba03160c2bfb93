"""Decompress gzip, bzip2, xz and Zstandard, known by their first bytes, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from probing.errors import DatasetError

MOST_BYTES = 2**32
MOST_FOLD = 200
_ALWAYS_ALLOWED = 2**26
_CHUNK = 2**20
_ZSTD_CHUNK = 2**12  # a few bytes of Zstandard may be 128 KiB of output


def decompressed(path: Path, data: bytes) -> bytes:
    """The bytes as they were before compression; bytes that are not compressed as they are.

    Raises `DatasetError` for damage, and where more than 4 GiB, or beyond 64 MiB more than
    200 times the file, would come out.
    """
    kind = next((kind for kind in _KINDS if data.startswith(_KINDS[kind][0])), None)
    if kind is None:
        return data
    parts, size = [], 0
    try:
        for part in _KINDS[kind][1](data):
            size += len(part)
            if size > MOST_BYTES or size > max(_ALWAYS_ALLOWED, MOST_FOLD * len(data)):
                raise _too_large(path, kind, size)
            parts.append(part)
    except ModuleNotFoundError:
        hint = f"run: pip install zstandard, or decompress it: zstd -d {path.name}"
        what = "Zstandard files need the package zstandard"
        raise DatasetError(what, where=str(path), hint=hint) from None
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        hint = "copy or download the file again"
        what = f"damaged {kind} file: {error}"
        raise DatasetError(what, where=str(path), hint=hint) from None
    return b"".join(parts)


def _too_large(path: Path, kind: str, size: int) -> DatasetError:
    what = f"the {kind} file expands to more than {size // 2**20:,} MiB"
    hint = "decompress it and keep the rows that you need"
    return DatasetError(what, where=str(path), hint=hint)


def _gzip(data: bytes) -> Iterator[bytes]:
    return _chunks(gzip.GzipFile(fileobj=io.BytesIO(data)).read)


def _bz2(data: bytes) -> Iterator[bytes]:
    return _chunks(bz2.BZ2File(io.BytesIO(data)).read)


def _xz(data: bytes) -> Iterator[bytes]:
    return _chunks(lzma.LZMAFile(io.BytesIO(data)).read)


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while part := read(_CHUNK):
        yield part


def _zstd(data: bytes) -> Iterator[bytes]:
    import zstandard  # few files need it

    at = 0
    try:
        while at < len(data):
            frame = zstandard.ZstdDecompressor().decompressobj()
            while not frame.eof:
                piece = data[at : at + _ZSTD_CHUNK]
                if not piece:
                    raise EOFError("it is cut short")
                at += len(piece)
                yield frame.decompress(piece)
            at -= len(frame.unused_data)
    except zstandard.ZstdError as error:
        raise ValueError(error) from None


_KINDS: dict[str, tuple[bytes, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": (b"\x1f\x8b", _gzip),
    "bzip2": (b"BZh", _bz2),
    "xz": (b"\xfd7zXZ\0", _xz),
    "Zstandard": (b"\x28\xb5\x2f\xfd", _zstd),
}
