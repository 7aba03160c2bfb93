"""Stream the rows of a large feature matrix in double precision, some at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.memory_budget import budget_bytes

_PIECE_BYTES = 2**22  # what a processor's cache holds beside its working copies
_PIECE_BYTES_CUDA = 2**28


class Rows:
    """`(source - centre) / unit` in float64 on a device, of a `source` `[n, d]`.

    Few rows are computed once and held; of many only what is asked for is there at a time, so
    that a source may be the pages of a file, and larger than memory.
    """

    def __init__(
        self,
        source: Tensor,
        device: torch.device | None = None,
        centre: Tensor | None = None,
        unit: Tensor | None = None,
    ) -> None:
        self.device = source.device if device is None else device
        self.source, self.centre, self.unit = source, centre, unit

    def __len__(self) -> int:
        return len(self.source)

    @property
    def shape(self) -> torch.Size:
        """`[n, d]`."""
        return self.source.shape

    @property
    def is_held(self) -> bool:
        """Whether all rows are few enough to be computed at once."""
        # a fit makes several copies of what is held
        return self.source.numel() * 8 <= budget_bytes(self.device) // 4

    @lazy
    def is_constant(self) -> Tensor:
        """Which columns are the same in all rows, `[d]`."""
        same = torch.ones(self.shape[1], dtype=torch.bool, device=self.device)
        first = self.source[:1].to(self.device)
        for _, rows in self.stored(self.source.dtype):
            same &= (rows == first).all(0)
        return same

    @lazy
    def whole(self) -> Tensor:
        """All rows `[n, d]` at once, many or few; they stay where `self` does."""
        return self._computed(self.source)

    def about(self, centre: Tensor, unit: Tensor | None = None) -> Rows:
        """`(self - centre) / unit`, for a centre and units `[d]`."""
        if self.unit is not None:
            centre, unit = centre * self.unit, self.unit if unit is None else unit * self.unit
        if self.centre is not None:
            centre = centre + self.centre
        return Rows(self.source, self.device, centre, unit)

    def some(self, numbers: Tensor) -> Rows:
        """The rows of these numbers, with a source of their own."""
        source = self.source[numbers.to(self.source.device)]
        return Rows(source, self.device, self.centre, self.unit)

    def pieces(self, dtype: torch.dtype = torch.float64) -> Iterator[tuple[slice, Tensor]]:
        """Places of neighbouring rows, and the rows `[p, d]`, until all have been given.

        The rows are only to be read, and overwritten when the next are asked for.
        """
        if self.is_held and dtype == torch.float64:
            yield slice(0, len(self)), self.whole
            return
        room = self._room(dtype)
        for at, source in self._slices():
            yield at, self._computed(source, room[: len(source)])

    def stored(self, dtype: torch.dtype) -> Iterator[tuple[slice, Tensor]]:
        """As `pieces`, but of the source: about no centre and in no units."""
        if self.source.dtype == dtype and self.source.device == self.device:
            yield from self._slices()
            return
        room = self._room(dtype)
        for at, source in self._slices():
            yield at, room[: len(source)].copy_(source)

    @property
    def largest_piece(self) -> int:
        """The most rows that are there at a time."""
        return len(self) if self.is_held else min(self._step, len(self))

    def _slices(self) -> Iterator[tuple[slice, Tensor]]:
        for start in range(0, len(self), self._step):
            source = self.source[start : start + self._step]
            yield slice(start, start + len(source)), source

    @property
    def _step(self) -> int:
        size = _PIECE_BYTES_CUDA if self.device.type == "cuda" else _PIECE_BYTES
        return max(1, size // (8 * max(1, self.shape[1])))

    def _room(self, dtype: torch.dtype) -> Tensor:
        shape = min(self._step, len(self)), self.shape[1]
        return torch.empty(shape, dtype=dtype, device=self.device)

    def chosen(self, mask: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Indices `[p]` of rows in `mask` `[n]`, and the rows `[p, d]`, piece by piece."""
        for rows, piece in self.pieces():
            at = torch.nonzero(mask[rows]).squeeze(1)
            if len(at):
                yield at + rows.start, piece[at]

    def along(self, axes: Tensor) -> Tensor:
        """The coordinates `[n, r]` of all rows along `axes` `[d, r]`."""
        found = torch.empty(len(self), axes.shape[1], dtype=torch.float64, device=self.device)
        for at, rows in self.pieces():
            found[at] = rows @ axes
        return found

    def columns(self, places: Tensor) -> Tensor:
        """Some of the columns of all rows, `[n, k]`."""
        found = torch.empty(len(self), len(places), dtype=torch.float64, device=self.device)
        for at, rows in self.pieces():
            found[at] = rows[:, places]
        return found

    def of(self, mask: Tensor) -> Tensor:
        """The rows in `mask` `[n]` at once."""
        return self.at(torch.nonzero(mask).squeeze(1))

    def at(self, numbers: Tensor) -> Tensor:
        """The rows of these numbers at once."""
        if self.is_held:
            return self.whole[numbers]
        return self._computed(self.source[numbers.to(self.source.device)])

    def _computed(self, source: Tensor, room: Tensor | None = None) -> Tensor:
        if room is None:
            room = torch.empty(source.shape, dtype=torch.float64, device=self.device)
        room.copy_(source)
        if self.centre is not None:
            room -= self.centre.to(room.dtype)
        if self.unit is not None:
            room /= self.unit.to(room.dtype)
        return room
