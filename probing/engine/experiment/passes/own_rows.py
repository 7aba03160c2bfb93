"""The rows of one dataset among the features of a pass that several have together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing.engine.experiment.feature_room import room_for

_ROWS = 4096  # that are copied together

Features = NDArray[np.float32]


def own_rows(features: Features, rows: NDArray[np.int64], spare: Path) -> Features:
    """The rows of `features` `[n_texts, n_samples, d]`; many go to an unnamed file in `spare`."""
    own = room_for((len(rows), *features.shape[1:]), spare)
    for start in range(0, len(rows), _ROWS):
        own[start : start + _ROWS] = features[rows[start : start + _ROWS]]
    return own
