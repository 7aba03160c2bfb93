"""Metrics of a fold, its thresholds, and the interval of a single fold."""

from probing.engine.metrics.bootstrap import Bounds, bootstrap_intervals
from probing.engine.metrics.evaluate import evaluator
from probing.engine.metrics.fold_metrics import FoldMetrics, fold_metrics, point_values
from probing.engine.metrics.log_odds import class_log_odds, log_odds, probabilities_of
from probing.engine.metrics.pooling import pooled_parts
from probing.engine.metrics.predicted import Predicted, UndefinedMetricError
from probing.engine.metrics.thresholds import Threshold, best_threshold, natural_threshold

__all__ = [
    "Bounds",
    "FoldMetrics",
    "Predicted",
    "Threshold",
    "UndefinedMetricError",
    "best_threshold",
    "bootstrap_intervals",
    "class_log_odds",
    "evaluator",
    "fold_metrics",
    "log_odds",
    "natural_threshold",
    "point_values",
    "pooled_parts",
    "probabilities_of",
]
