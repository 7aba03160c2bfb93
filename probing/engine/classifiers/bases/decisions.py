"""Thresholds and predictions, shared by both base classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from probing.engine.classifiers.bases.feature_arrays import SampleSet, arrays
from probing.engine.metrics import Threshold, best_thresholds, natural_threshold

Scores = NDArray[np.float64]


class Decides:
    """Sets thresholds on the validation set and decides by them; a base that only scores.

    `kind` is the name of the base that a class stands on.
    """

    kind: ClassVar[str] = ""

    tasks: tuple[str, ...] | None = None
    n_steps: int | None = None
    classification_: bool = True
    accuracy_threshold_: Threshold | None = None
    f1_threshold_: Threshold | None = None

    @property
    def gives_probabilities_(self) -> bool:
        """Whether scores are probabilities."""
        return False

    def _probabilities(self, testset: SampleSet) -> Scores | None:
        """Probabilities of class 1 `[n]`, or of all classes `[n, n_classes]`, if it gives any."""
        return self._scores(testset) if self.gives_probabilities_ else None

    def _scores(self, samples: SampleSet) -> Scores:
        raise NotImplementedError

    def set_thresholds(self, valset: SampleSet) -> None:
        """Set the thresholds with the best accuracy and the best F1 on `valset`.

        Where it is empty or of one class they are the natural ones, flagged: 0.5 for
        probabilities, 0 for other scores. Several classes have none.
        """
        self.accuracy_threshold_ = self.f1_threshold_ = None
        if not self.classification_:
            return
        scores, targets = np.empty(0), np.empty(0, dtype=np.int64)
        if len(valset):
            scores, targets = self._scores(valset), arrays(valset)[1]
        if scores.ndim > 1:
            return
        natural = natural_threshold(self.gives_probabilities_)
        best = best_thresholds(scores, targets, natural=natural, n_steps=self.n_steps)
        self.accuracy_threshold_, self.f1_threshold_ = best.accuracy, best.f1

    def predict(self, testset: SampleSet) -> tuple[NDArray[Any], ...]:
        """`(scores, targets)`, or `(scores, by accuracy threshold, by F1 threshold, targets)`.

        Each is `[n]`; scores are `[n, n_classes]` for more than two classes, where both
        decisions are the class with the largest score.
        """
        scores, targets = self._scores(testset), arrays(testset)[1]
        if not self.classification_:
            return scores, targets
        by_accuracy = self._decided(scores, self.accuracy_threshold_)
        return scores, by_accuracy, self._decided(scores, self.f1_threshold_), targets

    def _decided(self, scores: Scores, threshold: Threshold | None) -> NDArray[np.int64]:
        if scores.ndim > 1:
            largest: NDArray[np.int64] = scores.argmax(axis=1)
            return largest
        natural = natural_threshold(self.gives_probabilities_)
        return (scores > (natural if threshold is None else threshold.value)).astype(np.int64)
