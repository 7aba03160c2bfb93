"""A fold, and one way of labelling and splitting a dataset's texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
_TRAIN, _VAL, _TEST, _NOWHERE = range(4)


class Fold:
    """One train/validation/test split: sorted row indices, each `[n_rows]`.

    It is kept as one byte a row, since a dataset of a million texts may have sixty folds.
    """

    def __init__(self, train: Rows, val: Rows, test: Rows) -> None:
        parts = {_TRAIN: train, _VAL: val, _TEST: test}
        n_rows = 1 + max(int(rows.max(initial=-1)) for rows in parts.values())
        self._part = np.full(n_rows, _NOWHERE, dtype=np.int8)
        for part, rows in parts.items():
            self._part[rows] = part

    @property
    def train(self) -> Rows:
        """The rows to fit on."""
        return np.flatnonzero(self._part == _TRAIN)

    @property
    def val(self) -> Rows:
        """The rows for thresholds and early stopping."""
        return np.flatnonzero(self._part == _VAL)

    @property
    def test(self) -> Rows:
        """The rows to be scored."""
        return np.flatnonzero(self._part == _TEST)


@dataclass(frozen=True)
class Labelling:
    """The targets of all texts and the folds that were cut for them.

    The task itself is one labelling; every permutation of `shuffled_labels` is another.
    `targets` is `[n_texts]`: class indices (int64) or numbers (float64).
    `inner` holds, for each fold, an inner fold number for every row of `fold.train`, `[n_train]`.
    `flags` say what a reader of its scores must know.
    """

    control: str
    permutation: int
    targets: NDArray[np.int64] | NDArray[np.float64]
    folds: tuple[Fold, ...]
    inner: tuple[NDArray[np.int8], ...]
    seed: int
    flags: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in `plan.json`: `task`, or the control with its permutation."""
        return f"{self.control}/{self.permutation}" if self.control else "task"
