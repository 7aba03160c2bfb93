"""A fold, and a labelling of a dataset with its folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
_TRAIN, _VAL, _TEST, _NOWHERE = range(4)


class Fold:
    """One train/validation/test split: sorted row indices, each `[n_rows]`.

    The training part is `train` and `val` together; only what stops early sets `val` apart.

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
        """The rows of the training part for early stopping."""
        return np.flatnonzero(self._part == _VAL)

    @property
    def test(self) -> Rows:
        """The rows to be scored."""
        return np.flatnonzero(self._part == _TEST)

    def tests(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows are to be scored."""
        tested: NDArray[np.bool_] = self._part[rows] == _TEST
        return tested

    @property
    def seen(self) -> Rows:
        """Some rows of the training part, about as many as there are test rows."""
        train = self.train
        return train[:: max(1, len(train) // max(1, len(self.test)))]

    @property
    def whole(self) -> Fold:
        """The same fold with nothing set apart: all of the training part is trained on."""
        learned = np.flatnonzero((self._part == _TRAIN) | (self._part == _VAL))
        return Fold(learned, np.zeros(0, dtype=np.int64), self.test)


@dataclass(frozen=True)
class Labelling:
    """The targets of all texts and the folds that were cut for them.

    The task itself is one labelling; every permutation of `shuffled_labels` is another.
    `targets` is `[n_texts]`: class indices (int64) or numbers (float64).
    `beside` `[n_texts, n_others]` are the numeric targets that were asked for together with this
    one, NaN where a text has none.
    `inner` holds, for each fold, an inner fold number for every row of `fold.whole.train`.
    `flags` say what a reader of its scores must know.
    """

    control: str
    permutation: int
    targets: NDArray[np.int64] | NDArray[np.float64]
    folds: tuple[Fold, ...]
    inner: tuple[NDArray[np.int8], ...]
    seed: int
    flags: tuple[str, ...] = ()
    beside: NDArray[np.float64] | None = None

    @property
    def whole(self) -> Labelling:
        """The same for what does not stop early: its folds set no validation part apart."""
        return replace(self, folds=tuple(fold.whole for fold in self.folds))

    def at(self, rows: Rows) -> Labelling:
        """The targets of `rows`, in their order, and what stands beside them; the folds stay."""
        beside = None if self.beside is None else self.beside[rows]
        return replace(self, targets=self.targets[rows], beside=beside)

    def inner_of(self, at: int) -> NDArray[np.int8]:
        """The inner fold of every row that fold `at` trains on, `[n_train]`."""
        fold = self.folds[at]
        if not len(fold.val):
            return self.inner[at]
        return self.inner[at][np.isin(fold.whole.train, fold.train)]

    @property
    def key(self) -> str:
        """Its name in `plan.json`: `task`, or the control with its permutation."""
        return f"{self.control}/{self.permutation}" if self.control else "task"
