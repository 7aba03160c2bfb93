"""The texts that are tested as their own dataset numbers and groups them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.uncertainty import bins_of


@dataclass(frozen=True, eq=False)
class OwnRows:
    """A dataset that is tested: where its rows start in a block, and the group of each.

    Where other texts are trained on, `left_out` is the ratio of those that a fold trains on to
    those that it leaves out; it is None where that says nothing of the luck of training: with one
    fold, with test texts that differ between folds, or with those of the training dataset.
    """

    start: int
    groups: NDArray[np.int64]
    left_out: float | None = None

    @cached_property
    def bins(self) -> NDArray[np.int64]:
        """The bin of every text."""
        return bins_of(self.groups)

    def own(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the block as the dataset numbers them."""
        return rows - self.start if self.start else rows
