"""What a classifier answers as numbers that are meant: no part of them is cut off in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.errors import CellError


def real_numbers(values: Any, name: str) -> NDArray[np.float64]:
    """`values` in float64; raises `CellError` for complex numbers and for what is no number."""
    got = np.asarray(values)
    if got.dtype.kind == "c":
        raise CellError(f"{name} returned complex numbers")
    try:
        return got.astype(np.float64)
    except (TypeError, ValueError):
        raise CellError(f"{name} returned what is not numbers ({got.dtype})") from None


def class_indices(values: Any, name: str) -> NDArray[np.int64] | None:
    """`values` as class indices `[n]`; None where one lies between two classes.

    Who predicts 0.9 scores, as a regression does, and thresholds decide.
    """
    got = real_numbers(values, name).reshape(-1)
    is_whole = np.isfinite(got).all() and (got == np.rint(got)).all()
    return got.astype(np.int64) if is_whole else None
