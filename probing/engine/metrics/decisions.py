"""Metrics of decisions, for many weightings of the samples at once.

Weights are `[n_weightings, n]`; every function returns `[n_weightings]`. Multiclass metrics are
macro averages: the mean over the classes that have a sample in the test part.
"""

from __future__ import annotations

from dataclasses import dataclass

from probing.engine.metrics.predicted import (
    Numbers,
    Predicted,
    UndefinedMetricError,
    Whole,
    macro,
    ratio,
    weighted_mean,
)


@dataclass(frozen=True)
class Counts:
    """Weighted counts of one class, `[n_weightings]`: decided rightly, decided, present."""

    right: Numbers
    decided: Numbers
    present: Numbers

    @property
    def precision(self) -> Numbers:
        """Share of the decided that are right; 0 where nothing is decided."""
        return ratio(self.right, self.decided, 0.0)

    @property
    def recall(self) -> Numbers:
        """Share of the present that are found."""
        return ratio(self.right, self.present)

    @property
    def f1(self) -> Numbers:
        """Harmonic mean of precision and recall."""
        return ratio(2 * self.right, self.decided + self.present)


def accuracy(predicted: Predicted, decision: Whole, weights: Numbers) -> Numbers:
    """Share of samples decided rightly."""
    return weighted_mean(decision == predicted.targets, weights)


def balanced_accuracy(predicted: Predicted, decision: Whole, weights: Numbers) -> Numbers:
    """Mean of the classes' recalls (Brodersen et al. 2010)."""
    predicted.need_two_classes()
    return macro([counts(predicted, decision, weights, at).recall for at in predicted.present])


def f1(predicted: Predicted, decision: Whole, weights: Numbers) -> Numbers:
    """F1 of class 1, or its mean over the classes."""
    predicted.need_two_classes()
    return macro([counts(predicted, decision, weights, at).f1 for at in predicted.classes])


def precision(predicted: Predicted, decision: Whole, weights: Numbers) -> Numbers:
    """Precision of class 1, or its mean over the classes."""
    predicted.need_two_classes()
    return macro([counts(predicted, decision, weights, at).precision for at in predicted.classes])


def recall(predicted: Predicted, decision: Whole, weights: Numbers) -> Numbers:
    """Recall of class 1, or its mean over the classes."""
    predicted.need_two_classes()
    return macro([counts(predicted, decision, weights, at).recall for at in predicted.classes])


def counts(predicted: Predicted, decision: Whole, weights: Numbers, at: int) -> Counts:
    """The weighted counts of class `at`."""
    decided, present = decision == at, predicted.targets == at
    return Counts(weights @ (decided & present), weights @ decided, weights @ present)


def tuned(predicted: Predicted, decision: Whole | None) -> Whole:
    """The decision at a tuned threshold; raises `UndefinedMetricError` where there is none."""
    if predicted.task != "binary" or decision is None:
        raise UndefinedMetricError("thresholds are for binary tasks")
    return decision
