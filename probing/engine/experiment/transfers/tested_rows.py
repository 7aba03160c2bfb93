"""Which texts of a dataset probes of another are tested on: none that stood in their training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits import Fold, Labelling
from probing.errors import CellError

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
MOST_LEFT_OUT = 0.5  # of the groups: else each is tested by the folds that do not know it


@dataclass(frozen=True, eq=False)
class TestedRows:
    """What is tested of a dataset whose rows have `groups` `[n_texts]` of their own.

    For each dataset that is trained on, `pairs` hold the groups across both: of its rows, and of
    those that are tested.
    """

    groups: Ints
    pairs: Sequence[tuple[Ints, Ints]]

    __test__ = False  # no test, whatever its name

    @property
    def known(self) -> Mask:
        """The rows that belong together with some row of the training datasets."""
        return self._known([trained for trained, _ in self.pairs])

    @property
    def by_fold(self) -> bool:
        """Whether so many rows are known that each is tested by the folds that do not know it."""
        n_left = len(np.unique(self.groups[~self.known]))
        return n_left < (1 - MOST_LEFT_OUT) * len(np.unique(self.groups))

    def tested(self, folds: Sequence[Fold]) -> Mask:
        """The rows that the probe of a fold is tested on; `folds` are that of each dataset."""
        if not self.by_fold:
            return ~self.known
        learned = [
            trained[fold.whole.train] for (trained, _), fold in zip(self.pairs, folds, strict=True)
        ]
        return ~self._known(learned)

    def check(self, sources: Sequence[Sequence[Labelling]], name: str) -> None:
        """Raises `CellError` where a fold has nothing to test of the dataset `name`.

        `sources` are the labellings of each dataset that is trained on.
        """
        for own in zip(*sources, strict=True):
            for folds in zip(*(one.folds for one in own), strict=True):
                if not self.tested(folds).any():
                    why = f"every text of {name} repeats or belongs together with some trained on"
                    raise CellError(f"there is nothing to test: {why}")

    def _known(self, learned: Sequence[Ints]) -> Mask:
        known = np.zeros(len(self.groups), dtype=np.bool_)
        for groups, (_, own) in zip(learned, self.pairs, strict=True):
            known |= np.isin(own, np.unique(groups))
        return known

    @property
    def told(self) -> str:
        """What a reader of the scores must know; empty where nothing is left out."""
        n_known = int(self.known.sum())
        if not n_known:
            return ""
        texts = f"{n_known:,} of {len(self.groups):,} texts repeat or belong together with some"
        if self.by_fold:
            return f"{texts} of the training datasets: tested by the folds not trained on these"
        return f"{texts} of the training datasets: not tested"


def left_out_ratio(labelling: Labelling) -> float | None:
    """The training texts of a fold to those that it leaves out; None for a single fold."""
    if len(labelling.folds) < 2:
        return None
    n_trained = sum(len(fold.whole.train) for fold in labelling.folds)
    return n_trained / (len(labelling.folds) * len(labelling.targets) - n_trained)
