"""The predictions of a test part, with the weights that a bootstrap gives its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.engine.metrics.ordered import Ordered, ordered

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]


class UndefinedMetricError(ValueError):
    """A metric has no value on these samples; the message says why."""


@dataclass(frozen=True)
class Predicted:
    """Targets, scores and decisions of test samples.

    `targets` is `[n]`: class indices or numbers. `scores` is `[n]` (binary: larger means class 1;
    regression: the predicted number) or `[n, n_classes]`. `decision` is `[n]` class indices.
    `probabilities` are shaped as the scores, which alone rank: where probabilities are all 1 to
    the last digit, log odds still differ.
    `by_accuracy` and `by_f1` are the decisions at the tuned thresholds, binary only. `bits` `[n]`
    are -log2 of the probability of each sample's class, `null_bits` those of its share in training.
    """

    task: str
    n_classes: int
    targets: NDArray[np.generic]
    scores: Numbers
    decision: Whole | None = None
    probabilities: Numbers | None = None
    by_accuracy: Whole | None = None
    by_f1: Whole | None = None
    bits: Numbers | None = None
    null_bits: Numbers | None = None

    @property
    def numbers(self) -> Numbers:
        """The targets as numbers, `[n]`."""
        return self.targets.astype(np.float64)

    @cached_property
    def present(self) -> Whole:
        """Indices of the classes that have a sample."""
        return np.unique(self.targets).astype(np.int64)

    @property
    def classes(self) -> Whole:
        """Indices of the classes whose scores count: 1 for binary, else those with a sample."""
        return np.array([1]) if self.task == "binary" else self.present

    def score_of(self, at: int) -> Numbers:
        """The score of class `at`, `[n]`."""
        return self.scores if self.scores.ndim == 1 else self.scores[:, at]

    def ordered(self, at: int) -> Ordered:
        """The samples by the score of class `at`, put in order once."""
        if at not in self._orders:
            self._orders[at] = ordered(self.score_of(at))
        return self._orders[at]

    @cached_property
    def _orders(self) -> dict[int, Ordered]:
        return {}

    def need_two_classes(self) -> None:
        """Raise `UndefinedMetricError` where all targets are of one class."""
        if len(self.present) < 2:
            raise UndefinedMetricError("the test part has only one class")


def weighted_mean(values: NDArray[np.generic], weights: Numbers) -> Numbers:
    """Mean of `[n]` values for every weighting, `[n_weightings]`."""
    mean: Numbers = weights @ values.astype(np.float64) / weights.sum(axis=1)
    return mean


def ratio(top: Numbers, bottom: Numbers, otherwise: float = np.nan) -> Numbers:
    """`top / bottom`, and `otherwise` where `bottom` is zero."""
    safe = np.where(bottom == 0, 1.0, bottom)
    return np.where(bottom == 0, otherwise, top / safe)


def macro(parts: Sequence[Numbers]) -> Numbers:
    """The mean over classes of `[n_weightings]` each."""
    mean: Numbers = np.mean(parts, axis=0)
    return mean
