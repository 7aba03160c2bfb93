"""`evaluator`: turn what `predict` returns into the metrics of one fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from probing.engine.metrics.fold_metrics import point_values
from probing.engine.metrics.predicted import Predicted


def evaluator(predictions: Sequence[Any], classification: bool) -> dict[str, float]:
    """The metrics of one fold; NaN where one does not apply.

    `predictions` is `(scores, targets)` for regression and `(scores, by accuracy threshold, by
    F1 threshold, targets)` for classification, each `[n]`, or `[n, n_classes]` scores for more
    than two classes. Decisions are those by the accuracy threshold; whether scores are
    probabilities is not known here, so Brier and calibration are NaN. Raises `ValueError` for
    another number of parts.
    """
    parts = [np.asarray(_on_cpu(part)) for part in predictions]
    if len(parts) != (4 if classification else 2):
        raise ValueError(f"predictions have {len(parts)} parts; see SingleStepOpt.predict")
    scores = parts[0].astype(np.float64)
    if not classification:
        numbers = parts[1].astype(np.float64)
        return point_values(Predicted("regression", 0, numbers, scores))[0]
    by_accuracy, by_f1, targets = (part.astype(np.int64) for part in parts[1:])
    n_classes = scores.shape[1] if scores.ndim == 2 else 2
    task = "binary" if n_classes == 2 and scores.ndim == 1 else "multiclass"
    predicted = Predicted(
        task, n_classes, targets, scores, by_accuracy, by_accuracy=by_accuracy, by_f1=by_f1
    )
    return point_values(predicted)[0]


def _on_cpu(part: Any) -> Any:
    return part.detach().cpu() if hasattr(part, "detach") else part
