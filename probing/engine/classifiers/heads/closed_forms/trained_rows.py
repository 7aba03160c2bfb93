"""The rows that a classifier was fitted to, and the units that it saw them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Arrays = Mapping[str, NDArray[Any]]
_PIECE = 4096  # rows that are taken to float64 together


@dataclass(frozen=True)
class TrainedRows:
    """Features `[n, d]` in float32 with their targets; `scaled` says that deviations are units."""

    features: Tensor
    targets: NDArray[Any]
    task: str
    n_classes: int
    scaled: bool

    @cached_property
    def mean(self) -> Tensor:
        """The mean of the rows, `[d]`."""
        return sum((piece.sum(0) for piece in self._pieces), self._zeros) / len(self.features)

    @cached_property
    def unit(self) -> Tensor:
        """What each feature is measured in, `[d]`: 1 where it is constant."""
        if not self.scaled:
            return torch.ones_like(self.mean)
        squares = sum((piece.sub(self.mean).square().sum(0) for piece in self._pieces), self._zeros)
        variance = squares / len(self.features)
        rounding = torch.finfo(torch.float64).eps * len(self.features)
        constant = variance <= rounding * variance + (rounding * self.mean).square()
        return torch.where(constant, 1.0, variance.sqrt())

    def of_class(self, at: int) -> Tensor:
        """The rows of a class in those units about their mean, in float64."""
        own = self.features[torch.from_numpy(self.targets == at)].double()
        return (own - self.mean) / self.unit

    @property
    def log_shares(self) -> Tensor:
        """The logarithms of the shares of the classes, `[k]`."""
        counts = np.bincount(self.targets.astype(np.int64), minlength=self.n_classes)
        return torch.from_numpy(np.log(counts / counts.sum()))

    @property
    def _pieces(self) -> list[Tensor]:
        starts = range(0, len(self.features), _PIECE)
        return [self.features[start : start + _PIECE].double() for start in starts]

    @property
    def _zeros(self) -> Tensor:
        return torch.zeros(self.features.shape[1], dtype=torch.float64)


def arrays_of(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Tensors as the arrays that a file holds."""
    return {name: one.contiguous().numpy() for name, one in tensors.items()}


def tensor(arrays: Arrays, name: str) -> Tensor:
    """An array of a file as a tensor of its own, numbers in float64."""
    found = torch.from_numpy(np.array(arrays[name]))
    return found.double() if found.is_floating_point() else found
