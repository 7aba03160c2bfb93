"""Keep pooled features on disk during a pass, in a file without a name.

The system frees it when its process ends, however that ends: a killed pass leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.activations.cache import RESERVE
from probing.engine.extraction.sinks import Shape
from probing.engine.extraction.token_staging import StagedTokens, StagingOfTokens
from probing.errors import RunError
from probing.spec import PoolerSpec

_PIECE = 2**22  # bytes that are read at once
Cell = tuple[PoolerSpec, int]


@dataclass(frozen=True)
class StagedRows:
    """The features of one cell, `[n_texts, n_samples, d]`, gathered from the file when asked for.

    `place` `[n_texts]` is the row of each text in `region`, which lies in the order of the pass.
    """

    region: NDArray[np.float32]
    place: NDArray[np.int64]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return self.region.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_texts, n_samples, d)`."""
        return len(self.place), *self.region.shape[1:]

    @property
    def nbytes(self) -> int:
        """The bytes of the features of all texts."""
        return len(self.place) * self._row_bytes

    @property
    def _row_bytes(self) -> int:
        return int(self.region[:1].nbytes)

    def pieces(self) -> Iterator[NDArray[np.float32]]:
        """The features of the texts in order, some at a time."""
        step = max(1, _PIECE // self._row_bytes)
        for start in range(0, len(self.place), step):
            yield self.region[self.place[start : start + step]]

    def whole(self) -> NDArray[np.float32]:
        """All of them at once, in memory."""
        return np.asarray(self.region[self.place])


class Staging:
    """A sink whose file has a region for each cell, filled in the order of the pass.

    The file lies in the first of `folders` that can be written and whose disk has room for it,
    else in memory; it moves on where a disk fills up after all.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = list(folders)
        self._regions: dict[Cell, tuple[int, Shape]] = {}
        self._tokens: dict[Cell, StagingOfTokens] = {}
        self._n_run = self._n_done = self._size = 0
        self._is_last = False

    def begin(self, n_texts: int, n_run: int, shapes: Mapping[PoolerSpec, Shape]) -> None:
        """Lay out the regions."""
        self._n_run, self._place = n_run, np.zeros(n_texts, dtype=np.int64)
        for spec, shape in shapes.items():
            for cell in range(shape.n_cells):
                if shape.is_ragged:
                    made = StagingOfTokens([*self._folders], n_texts, shape.width)
                    self._tokens[spec, cell] = made
                    continue
                self._regions[spec, cell] = self._size, shape
                self._size += n_run * shape.row_bytes
        self._file = self._opened()

    def put(
        self,
        rows: NDArray[np.int64],
        parts: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Append the vectors of the texts `rows` to each region."""
        for spec, part in parts.items():
            for cell, vectors in enumerate(part.contiguous().numpy()):
                if (spec, cell) in self._tokens:
                    self._tokens[spec, cell].put(rows, vectors[:, 0], counts[spec].numpy())
                    continue
                start, shape = self._regions[spec, cell]
                data = vectors.reshape(-1).view(np.uint8).data
                self._write(data, start + self._n_done * shape.row_bytes)
        self._place[rows] = np.arange(self._n_done, self._n_done + len(rows))
        self._n_done += len(rows)

    def spread(self, source: NDArray[np.int64]) -> None:
        """Let repeated texts share a row."""
        self._place = self._place[source]
        for one in self._tokens.values():
            one.spread(source)

    @property
    def cells(self) -> list[Cell]:
        """The pooler of each cell and its place among the pooler's, in the order of the file."""
        return [*self._tokens, *self._regions]

    def rows(self, cell: Cell) -> StagedRows | StagedTokens:
        """The features of a cell."""
        if cell in self._tokens:
            return self._tokens[cell].rows()
        start, shape = self._regions[cell]
        size = self._n_run, shape.n_samples, shape.width
        region: NDArray[np.float32] = np.memmap(self._file, np.float32, "r", start, size)
        return StagedRows(region, self._place)

    def drop(self, cell: Cell) -> None:
        """Let go of a cell; its room on the disk is free when nothing lies behind it."""
        if cell in self._tokens:
            del self._tokens[cell]
            return
        del self._regions[cell]
        ends = [start + self._n_run * shape.row_bytes for start, shape in self._regions.values()]
        self._file.truncate(max(ends, default=0))

    def _write(self, data: memoryview, at: int) -> None:
        while data:
            try:
                written = os.pwrite(self._file.fileno(), data, at)
            except OSError:
                self._move()
            else:
                data, at = data[written:], at + written

    def _move(self) -> None:
        """Go on in the next place that takes what is there."""
        old = self._file
        while True:
            self._file = self._opened()
            try:
                old.seek(0)
                shutil.copyfileobj(old, self._file, _PIECE)
                self._file.flush()
            except OSError:
                continue
            old.close()
            return

    def _opened(self) -> IO[bytes]:
        """A new file in the next place; raises `RunError` where there is none left."""
        while self._folders:
            folder = self._folders.pop(0)
            with contextlib.suppress(OSError):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if shutil.disk_usage(folder).free >= self._size + RESERVE:
                    return tempfile.TemporaryFile(dir=folder)
        if self._is_last:
            what = "neither disk nor memory has room for the features of a pass"
            raise RunError(what, hint="make room, then resume the run")
        self._is_last = True
        return _file_in_memory()


def _file_in_memory() -> IO[bytes]:
    """A file of the kernel's memory, where it has such; else of the system's temporary folder."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("features"), "w+b")
    return tempfile.TemporaryFile()
