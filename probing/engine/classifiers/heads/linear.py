"""Outputs that are linear in the features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class LinearHead:
    """Outputs `features @ weights.T + bias` in float64, `[n, n_outputs]` of `[n, width]`."""

    def __init__(self, weights: NDArray[Any], bias: NDArray[Any]) -> None:
        self.weights = torch.from_numpy(np.array(weights, dtype=np.float64)).T.contiguous()
        self.bias = torch.from_numpy(np.array(bias, dtype=np.float64))

    def __call__(self, features: Tensor) -> Tensor:
        """The outputs of features."""
        return torch.addmm(self.bias, features.double(), self.weights)

    @classmethod
    def joined(cls, heads: Sequence[LinearHead]) -> LinearHead:
        """Several heads as one, their outputs side by side."""
        made = cls.__new__(cls)
        made.weights = torch.cat([one.weights for one in heads], 1)
        made.bias = torch.cat([one.bias for one in heads])
        return made
