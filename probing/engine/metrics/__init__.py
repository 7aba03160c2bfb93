"""Metrics of a fold, its thresholds, and the interval of a fold that stands alone."""

from probing.engine.metrics.bootstrap import bootstrap_intervals
from probing.engine.metrics.evaluate import evaluator
from probing.engine.metrics.fold_metrics import FoldMetrics, fold_metrics, point_values
from probing.engine.metrics.predicted import Predicted, UndefinedMetricError
from probing.engine.metrics.thresholds import Threshold, best_threshold, natural_threshold

__all__ = [
    "FoldMetrics",
    "Predicted",
    "Threshold",
    "UndefinedMetricError",
    "best_threshold",
    "bootstrap_intervals",
    "evaluator",
    "fold_metrics",
    "natural_threshold",
    "point_values",
]
