"""Numbers dealt into shares that are looked at one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.packed.spilled_bytes import SpilledBytes

_MOST_HELD = 2**18


class Shares:
    """Arrays of one type for each of `n` shares, one behind the other; many lie in temporary files.

    What each of them got is `[n_numbers]`.
    """

    def __init__(self, n: int, dtype: type[np.generic]) -> None:
        self._shares, self._dtype = [SpilledBytes(_MOST_HELD) for _ in range(n)], dtype

    def append(self, share: int, values: NDArray[Any]) -> None:
        """Put numbers behind those that a share has."""
        self._shares[share].append(values.astype(self._dtype, copy=False).tobytes())

    def deal(self, shares: NDArray[np.uint8], values: NDArray[Any]) -> None:
        """Put each number behind those that its own share has; both are `[n_numbers]`."""
        order = np.argsort(shares, kind="stable")
        ends = np.searchsorted(shares[order], np.arange(len(self._shares)), side="right")
        for share, own in enumerate(np.split(values[order], ends[:-1])):
            self.append(share, own)

    def __len__(self) -> int:
        return len(self._shares)

    def __getitem__(self, at: int) -> NDArray[Any]:
        """What a share has got."""
        share = self._shares[at]
        return np.frombuffer(share.read(0, len(share)), self._dtype)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return map(self.__getitem__, range(len(self)))
