"""Some rows of the features of a pass: in memory where they are few, else as pages of a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = 2**26  # bytes
_ROWS = 8192

Features = NDArray[np.float32]


def own_rows(features: Features, rows: NDArray[np.int64], folder: Path) -> Features:
    """The rows of `features` `[n_texts, n_samples, d]`; many go to a file in `folder`, which has
    no name and goes with the array."""
    shape = len(rows), *features.shape[1:]
    if int(np.prod(shape)) * features.itemsize <= IN_MEMORY:
        return features[rows]
    with tempfile.TemporaryFile(dir=folder) as file:
        own: Features = np.memmap(file, features.dtype, "w+", shape=shape)
    for start in range(0, len(rows), _ROWS):
        own[start : start + _ROWS] = features[rows[start : start + _ROWS]]
    return own
