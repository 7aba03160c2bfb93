"""The majority control: always predict the most frequent class (or the mean)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFit, Task, TextScores
from probing.engine.metrics.log_odds import log_odds
from probing.engine.splits.folding import Targets
from probing.engine.splits.types import Fold


class Majority:
    """For every fold the training part's majority class, or its mean for regression.

    Scores are the log odds of the training part's class frequencies, the same for every text;
    of equally frequent classes the first is decided for.
    """

    def fit(self, block: Block) -> Iterator[FoldFit]:
        """Fit every fold of every labelling; the features are not looked at."""
        for labelling_at, labelling in enumerate(block.labellings):
            for at, fold in enumerate(labelling.whole.folds):
                targets = labelling.targets[fold.train]
                yield _fit(labelling_at, at, fold, targets, block.task, block.n_classes)


def _fit(
    labelling_at: int, at: int, fold: Fold, targets: Targets, task: Task, n_classes: int
) -> FoldFit:
    began = time.monotonic()
    learned, decided = _learned(targets, task, n_classes)
    scores = learned if decided is None else log_odds(learned)
    n_test = len(fold.test)
    return FoldFit(
        layer_at=0,
        labelling_at=labelling_at,
        fold=at,
        test_scores=np.repeat(scores, n_test, axis=0),
        decision=None if decided is None else np.full(n_test, decided, dtype=np.int64),
        probabilities=None if decided is None else np.repeat(learned, n_test, axis=0),
        n_params=scores.size,
        fit_s=time.monotonic() - began,
        held_out=TextScores(fold.train, np.repeat(scores, len(fold.train), axis=0)),
    )


def _learned(
    targets: Targets, task: Task, n_classes: int
) -> tuple[NDArray[np.float64], int | None]:
    """The number or the class shares of one sample, `[1]` or `[1, n_classes]`; the decision."""
    if task == "regression":
        return np.array([targets.mean()]), None
    counts = np.bincount(targets.astype(np.int64), minlength=n_classes)
    shares = counts / counts.sum()
    scores = shares[1:2] if task == "binary" else shares[None]
    return scores, int(counts.argmax())
