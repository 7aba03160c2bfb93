"""A fold, and one way of labelling and splitting a dataset's texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """One train/validation/test split: sorted row indices, each `[n_rows]`."""

    train: Rows
    val: Rows
    test: Rows


@dataclass(frozen=True)
class Labelling:
    """The targets of all texts and the folds that were cut for them.

    The task itself is one labelling; every permutation of `shuffled_labels` is another.
    `targets` is `[n_texts]`: class indices (int64) or numbers (float64).
    `inner` holds, for each fold, an inner fold number for every row of `fold.train`, `[n_train]`.
    """

    control: str
    permutation: int
    targets: NDArray[np.int64] | NDArray[np.float64]
    folds: tuple[Fold, ...]
    inner: tuple[NDArray[np.int64], ...]
    seed: int

    @property
    def key(self) -> str:
        """Its name in `plan.json`: `task`, or the control with its permutation."""
        return f"{self.control}/{self.permutation}" if self.control else "task"
