"""Keep the tokens of texts on disk during a pass, in a file without a name that grows."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from probing.errors import RunError

_PIECE = 2**22  # bytes that are read at once


@dataclass(frozen=True, eq=False)
class StagedTokens:
    """Tokens of texts `[n_tokens, d]`, gathered from the file text by text when asked for.

    `starts` and `lengths` `[n_texts]` say where those of each text lie in `region`, which is in
    the order of the pass; texts that repeat share theirs.
    """

    region: NDArray[np.float32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return self.region.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_tokens, d)`, repeated texts counted as often as they come."""
        return int(self.lengths.sum()), self.region.shape[1]

    @property
    def nbytes(self) -> int:
        """The bytes of the tokens of all texts."""
        return self.shape[0] * self.shape[1] * self.region.itemsize

    def pieces(self) -> Iterator[NDArray[np.float32]]:
        """The tokens of the texts in order, some texts at a time."""
        n_bytes = np.cumsum(self.lengths) * self.region.shape[1] * self.region.itemsize
        for lot in np.split(np.arange(len(self.lengths)), cuts(n_bytes)):
            lengths = self.lengths[lot]
            first = np.repeat(self.starts[lot] - (np.cumsum(lengths) - lengths), lengths)
            yield self.region[first + np.arange(int(lengths.sum()))]


def cuts(n_bytes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Before which texts a new piece begins, where so many bytes end with each."""
    return np.flatnonzero(np.diff(n_bytes // _PIECE)) + 1


class StagingOfTokens:
    """A file of one cell's tokens, in the first of `folders` that can be written."""

    def __init__(self, folders: Sequence[Path], n_texts: int, width: int) -> None:
        self._file, self._width, self._n_tokens = _opened(folders), width, 0
        self._starts, self._lengths = np.zeros((2, n_texts), dtype=np.int64)

    def put(
        self, rows: NDArray[np.int64], vectors: NDArray[np.float32], counts: NDArray[np.int64]
    ) -> None:
        """Append the tokens of the texts `rows`, of which each has so many; raises `RunError`."""
        try:
            self._file.write(np.ascontiguousarray(vectors).data)
        except OSError as error:
            what = f"the disk has no room for the tokens of a pass ({error.strerror})"
            raise RunError(what, hint="make room, then resume the run") from None
        self._starts[rows] = self._n_tokens + np.cumsum(counts) - counts
        self._lengths[rows] = counts
        self._n_tokens += len(vectors)

    def spread(self, source: NDArray[np.int64]) -> None:
        """Let repeated texts share their tokens."""
        self._starts, self._lengths = self._starts[source], self._lengths[source]

    def rows(self) -> StagedTokens:
        """The tokens of all texts."""
        self._file.flush()
        size = self._n_tokens, self._width
        region: NDArray[np.float32] = np.memmap(self._file, np.float32, "r", 0, size)
        return StagedTokens(region, self._starts, self._lengths)


def _opened(folders: Sequence[Path]) -> IO[bytes]:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=folder)
    what = "no folder takes the tokens of a pass"
    raise RunError(what, hint="make room, then resume the run")
