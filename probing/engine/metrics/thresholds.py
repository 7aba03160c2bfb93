"""Choose decision thresholds on held-out training texts, never on the test part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.engine.metrics.predicted import Numbers, Whole


@dataclass(frozen=True)
class Threshold:
    """A score above `value` is class 1; `flag` says why it could not be tuned, if so."""

    value: float
    flag: str = ""


def natural_threshold(probabilities: bool) -> float:
    """Where a score changes sides untuned: one half for probabilities, zero for margins."""
    return 0.5 if probabilities else 0.0


@dataclass(frozen=True)
class Thresholds:
    """The thresholds with the best accuracy and with the best F1."""

    accuracy: Threshold
    f1: Threshold


def best_thresholds(
    scores: Numbers, targets: Whole, *, natural: float = 0.0, n_steps: int | None = None
) -> Thresholds:
    """The thresholds with the best accuracy and F1 on held-out samples, `[n]` each.

    Tries the middle of every two neighbouring scores and both ends, or `n_steps` quantiles of
    the scores. Of equally good ones it takes the nearest to `natural`, which is also the answer,
    flagged, where the samples are none or of one class.
    """
    if len(np.unique(targets)) < 2:
        why = "have only one class" if len(targets) else "are missing"
        untuned = Threshold(natural, f"threshold not tuned: held-out training texts {why}")
        return Thresholds(untuned, untuned)
    candidates = _candidates(scores, natural, n_steps)
    accuracy, f1 = (
        candidates[gains >= gains.max() - 1e-12] for gains in _gains(scores, targets, candidates)
    )
    return Thresholds(_nearest(accuracy, natural), _nearest(f1, natural))


def _nearest(best: Numbers, natural: float) -> Threshold:
    return Threshold(float(best[np.argmin(np.abs(best - natural))]))


def _candidates(scores: Numbers, natural: float, n_steps: int | None) -> Numbers:
    if n_steps is not None:
        steps: Numbers = np.quantile(scores, np.linspace(0, 1, n_steps))
        return steps
    known = np.unique(scores)
    middles = known[:-1] + np.diff(known) / 2
    return np.concatenate([[-np.inf, natural], middles, [np.inf]])


def _gains(scores: Numbers, targets: Whole, candidates: Numbers) -> tuple[Numbers, Numbers]:
    """Accuracy and F1 at every candidate, from running counts over the sorted scores."""
    order = np.argsort(scores, kind="stable")
    below = np.searchsorted(scores[order], candidates, side="right")
    positives_below = np.concatenate([[0], np.cumsum(targets[order] == 1)])[below]
    n_positive = int((targets == 1).sum())
    right = n_positive - positives_below
    decided = len(scores) - below
    accuracy: Numbers = (right + below - positives_below) / len(scores)
    f1: Numbers = 2 * right / (decided + n_positive)
    return accuracy, f1
