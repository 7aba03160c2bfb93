"""Compute every metric of one fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from probing.engine.metrics import (
    calibration,
    decisions,
    operating_points,
    ranking,
    regression,
    usable_information,
)
from probing.engine.metrics.predicted import Numbers, Predicted, UndefinedMetricError, Whole
from probing.engine.metrics.thresholds import best_thresholds
from probing.metric_names import fold_metrics_of

Compute = Callable[[Predicted, Numbers], Numbers]


@dataclass(frozen=True)
class FoldMetrics:
    """The metrics of one fold: NaN where one has no value, with the reason by its side.

    `flags` say what a reader must know; `predicted` is what the numbers were computed from.
    """

    values: Mapping[str, float]
    reasons: Mapping[str, str]
    flags: tuple[str, ...]
    predicted: Predicted


def fold_metrics(
    task: str,
    targets: NDArray[np.generic],
    scores: Numbers,
    *,
    n_classes: int = 2,
    decision: Whole | None = None,
    probabilities: Numbers | None = None,
    held_out_targets: NDArray[np.generic] | None = None,
    held_out_scores: Numbers | None = None,
    trained_on: NDArray[np.generic] | None = None,
) -> FoldMetrics:
    """Every metric of `task` on the test samples of one fold.

    `targets` is `[n]`, `scores` `[n]` or `[n, n_classes]` for multiclass, `probabilities` as
    they are, `decision` the classifier's own `[n]` class indices. Thresholds are tuned on
    held-out samples of the training part; they also decide where the classifier only scores.
    `trained_on` are the targets of the training texts, whose shares V-information is told from.
    """
    predicted = Predicted(task, n_classes, targets, scores, decision, probabilities)
    if probabilities is not None and trained_on is not None:
        predicted = usable_information.with_bits(predicted, trained_on.astype(np.int64))
    flags: tuple[str, ...] = ()
    if task == "binary":
        held_out = _held_out(held_out_targets, held_out_scores)
        predicted, flags = _with_thresholds(predicted, *held_out)
    elif task == "multiclass" and decision is None:
        predicted = replace(predicted, decision=scores.argmax(axis=1))
    values, reasons = point_values(predicted)
    return FoldMetrics(values, reasons, flags, predicted)


def _held_out(targets: NDArray[np.generic] | None, scores: Numbers | None) -> tuple[Whole, Numbers]:
    if targets is None or scores is None:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return targets.astype(np.int64), scores


def _with_thresholds(
    predicted: Predicted, targets: Whole, scores: Numbers
) -> tuple[Predicted, tuple[str, ...]]:
    best = best_thresholds(scores, targets)
    by_accuracy = (predicted.scores > best.accuracy.value).astype(np.int64)
    by_f1 = (predicted.scores > best.f1.value).astype(np.int64)
    decision = by_accuracy if predicted.decision is None else predicted.decision
    flags = (best.accuracy.flag,) if best.accuracy.flag else ()
    return replace(predicted, decision=decision, by_accuracy=by_accuracy, by_f1=by_f1), flags


def point_values(predicted: Predicted) -> tuple[dict[str, float], dict[str, str]]:
    """The metrics over all samples once, and why those that are NaN are so."""
    values, reasons = weighted_values(predicted, np.ones((1, len(predicted.targets))))
    return {name: float(value[0]) for name, value in values.items()}, reasons


def value_of(predicted: Predicted, metric: str) -> float:
    """One metric over all samples once; NaN where it has no value."""
    values, _ = weighted_values(predicted, np.ones((1, len(predicted.targets))), [metric])
    return float(values[metric][0])


def weighted_values(
    predicted: Predicted, weights: Numbers, names: Sequence[str] | None = None
) -> tuple[dict[str, Numbers], dict[str, str]]:
    """The metrics (those in `names`) for every weighting `[n_weightings, n]` of the samples."""
    values: dict[str, Numbers] = {}
    reasons: dict[str, str] = {}
    lacking = _lacking(predicted)
    for name in fold_metrics_of(predicted.task) if names is None else names:
        try:
            if lacking:
                raise UndefinedMetricError(lacking)
            values[name] = COMPUTE[name](predicted, weights)
        except UndefinedMetricError as why:
            values[name], reasons[name] = np.full(len(weights), np.nan), str(why)
    return values, reasons


def _lacking(predicted: Predicted) -> str:
    """Why no metric has a value, empty if they may."""
    if not len(predicted.targets):
        return "the test part is empty"
    return "" if np.isfinite(predicted.scores).all() else "the scores are not finite"


def _of_decision(metric: Callable[[Predicted, Whole, Numbers], Numbers]) -> Compute:
    def compute(predicted: Predicted, weights: Numbers) -> Numbers:
        if predicted.decision is None:
            raise UndefinedMetricError("the classifier makes no decisions")
        return metric(predicted, predicted.decision, weights)

    return compute


def _accuracy_tuned(predicted: Predicted, weights: Numbers) -> Numbers:
    return decisions.accuracy(predicted, decisions.tuned(predicted, predicted.by_accuracy), weights)


def _f1_tuned(predicted: Predicted, weights: Numbers) -> Numbers:
    return decisions.f1(predicted, decisions.tuned(predicted, predicted.by_f1), weights)


COMPUTE: dict[str, Compute] = {
    "accuracy": _of_decision(decisions.accuracy),
    "balanced_accuracy": _of_decision(decisions.balanced_accuracy),
    "f1": _of_decision(decisions.f1),
    "auroc": ranking.auroc,
    "average_precision": ranking.average_precision,
    "precision": _of_decision(decisions.precision),
    "recall": _of_decision(decisions.recall),
    "brier": calibration.brier,
    "ece": calibration.ece,
    "v_information": usable_information.v_information,
    "accuracy_tuned": _accuracy_tuned,
    "f1_tuned": _f1_tuned,
    "recall_at_1_fpr": operating_points.recall_at_1_fpr,
    "recall_at_5_fpr": operating_points.recall_at_5_fpr,
    "fpr_at_95_tpr": operating_points.fpr_at_95_tpr,
    "mse": regression.mse,
    "mae": regression.mae,
    "r2": regression.r2,
    "pearson": regression.pearson,
    "spearman": regression.spearman,
}
