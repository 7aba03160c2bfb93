"""Metrics of a fold, its thresholds, and the interval of a fold that stands alone."""

from probing.metrics.bootstrap import bootstrap_intervals
from probing.metrics.evaluating import evaluator
from probing.metrics.folds import FoldMetrics, fold_metrics, point_values
from probing.metrics.predicted import Predicted, UndefinedMetricError
from probing.metrics.thresholds import Threshold, best_threshold, natural_threshold

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
