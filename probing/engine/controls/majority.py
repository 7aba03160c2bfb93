"""The majority control: always predict the most frequent class (or the mean)."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit, Task, TextScores
from probing.engine.metrics.log_odds import log_odds
from probing.engine.splits.types import Fold, Labelling


def majority_fits(
    labelling: Labelling, task: Task, n_classes: int, n_samples: int = 1
) -> list[FoldFit]:
    """For every fold the training part's majority class, or its mean for regression.

    Scores are the log odds of the training part's class frequencies, the same for every sample;
    of equally frequent classes the first is decided for. `n_samples` is how many a text has.
    """
    return [
        _fit(labelling, at, fold, task, n_classes, n_samples)
        for at, fold in enumerate(labelling.folds)
    ]


def _fit(
    labelling: Labelling, at: int, fold: Fold, task: Task, n_classes: int, n_samples: int
) -> FoldFit:
    began = time.monotonic()
    learned, decided = _learned(labelling.targets[fold.train], task, n_classes)
    scores = learned if decided is None else log_odds(learned)
    n_test = len(fold.test) * n_samples
    return FoldFit(
        layer_at=0,
        labelling_at=0,
        fold=at,
        test_scores=np.repeat(scores, n_test, axis=0),
        decision=None if decided is None else np.full(n_test, decided, dtype=np.int64),
        probabilities=None if decided is None else np.repeat(learned, n_test, axis=0),
        n_params=scores.size,
        fit_s=time.monotonic() - began,
        held_out=TextScores(fold.train, np.repeat(scores, len(fold.train) * n_samples, axis=0)),
    )


def _learned(
    targets: NDArray[np.int64] | NDArray[np.float64], task: Task, n_classes: int
) -> tuple[NDArray[np.float64], int | None]:
    """The number or the class shares of one sample, `[1]` or `[1, n_classes]`; the decision."""
    if task == "regression":
        return np.array([targets.mean()]), None
    counts = np.bincount(targets.astype(np.int64), minlength=n_classes)
    shares = counts / counts.sum()
    scores = shares[1:2] if task == "binary" else shares[None]
    return scores, int(counts.argmax())
