"""Write and read arrays on disk, complete or not at all: safetensors with a SHA-256.

They are written and checked piece by piece and read as pages of the file, so that arrays larger
than memory are nothing special. Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from probing.errors import RunError
from probing.logs.folders.plain_files import draft_of, opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECE = 2**22  # bytes that are written at once


class Streamed(Protocol):
    """An array that need not be in memory: its pieces, in order, make up its bytes."""

    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def nbytes(self) -> int: ...

    def pieces(self) -> Iterator[NDArray[Any]]:
        """Rows of the array, C-contiguous."""
        ...


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any] | Streamed]) -> str:
    """Write the arrays under a temporary name, sync, rename; returns the SHA-256."""
    digest = hashlib.sha256()
    _write(path, arrays, lambda name, piece: digest.update(piece))
    return digest.hexdigest()


def write_apart(path: Path, arrays: Mapping[str, NDArray[Any] | Streamed]) -> dict[str, str]:
    """As `write_arrays`; returns the SHA-256 of each array, so that one can be checked alone."""
    digests = {name: hashlib.sha256() for name in ("", *arrays)}
    _write(path, arrays, lambda name, piece: digests[name].update(piece))
    return {name: digests[name].hexdigest() for name in arrays}


def is_array(array: NDArray[Any], sha256: str) -> bool:
    """Whether an array is the one of that SHA-256."""
    digest = hashlib.sha256()
    for piece in _pieces(array):
        digest.update(piece)
    return digest.hexdigest() == sha256


def _write(
    path: Path,
    arrays: Mapping[str, NDArray[Any] | Streamed],
    take: Callable[[str, memoryview], object],
) -> None:
    """Write the arrays whole or not at all; `take` gets each piece, with the name of its array."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = None
    try:
        draft, file = draft_of(path)
        with os.fdopen(file, "wb", buffering=0) as stream:
            for name, piece in _bytes_of(arrays):
                take(name, piece)
                while piece:
                    piece = piece[stream.write(piece) :]
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        raise RunError(
            f"cannot be written ({error.strerror})",
            where=str(path),
            hint="make room, then resume the run",
        ) from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def read_arrays(path: Path, sha256: str) -> dict[str, Any] | None:
    """The arrays at `path`; None where the file is missing or is not the one that was written."""
    try:
        with opened(path) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                return None
        return map_arrays(path)
    except OSError:
        return None


def map_arrays(path: Path) -> dict[str, Any]:
    """The arrays of a file that is known to be whole, as pages that are read when touched.

    What is changed in them stays in memory and never reaches the file. Raises `OSError`.
    """
    import numpy as np  # 0.1 s: only those who hold arrays pay

    with opened(path) as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = 8 + int.from_bytes(pages[:8], "little")
    header: dict[str, dict[str, Any]] = json.loads(pages[8:start])
    return {
        name: np.ndarray(one["shape"], _dtype(one["dtype"]), pages, start + one["data_offsets"][0])
        for name, one in header.items()
    }


def _bytes_of(
    arrays: Mapping[str, NDArray[Any] | Streamed],
) -> Iterator[tuple[str, memoryview]]:
    """The bytes of the file, with the names of their arrays, "" for what comes before them.

    The widest numbers come first, so that all are aligned.
    """
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    header, end = {}, 0
    for name in order:
        one, start, end = arrays[name], end, end + arrays[name].nbytes
        kind = _name(one.dtype)
        header[name] = {"dtype": kind, "shape": list(one.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield "", memoryview(len(text).to_bytes(8, "little") + text)
    for name in order:
        for piece in _pieces(arrays[name]):
            yield name, piece


def _pieces(array: NDArray[Any] | Streamed) -> Iterator[memoryview]:
    import numpy as np

    if not isinstance(array, np.ndarray):
        for piece in array.pieces():
            yield from _pieces(piece)
    elif array.nbytes:
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]


def _name(dtype: np.dtype[Any]) -> str:
    """What safetensors calls a type: `F32`, `I64`, `U8`, `BOOL`."""
    return "BOOL" if dtype.kind == "b" else f"{dtype.kind.upper()}{8 * dtype.itemsize}"


def _dtype(name: str) -> str:
    """What numpy calls a type of safetensors, little-endian."""
    return "?" if name == "BOOL" else f"<{name[0].lower()}{int(name[1:]) // 8}"
