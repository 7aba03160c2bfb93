"""How large activations are where a probe reads, and how far they spread along its directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from probing.probes.directions import unit_directions

Numbers = NDArray[np.float64]
_PIECE = 4096  # rows that are looked at together


def mean_norm(features: Tensor) -> float:
    """The mean Euclidean norm of features `[n, d]`."""
    norms = sum(float(piece.norm(dim=1).sum()) for piece in _pieces(features))
    return norms / len(features)


def spread_along(features: Tensor, weights: Numbers) -> tuple[float, ...]:
    """The standard deviation of features `[n, d]` along the direction of each row of weights."""
    unit = unit_directions(weights)
    along = np.concatenate([piece.numpy() @ unit.T for piece in _pieces(features)])
    return tuple(along.std(axis=0).tolist())


def _pieces(features: Tensor) -> list[Tensor]:
    return [features[at : at + _PIECE].double() for at in range(0, len(features), _PIECE)]
