"""Metrics of a fold, its thresholds, and the influence of each sample on the metrics of a cell."""

from probing.engine.metrics.code_lengths import code_lengths, description_length, joined_parts
from probing.engine.metrics.evaluate import evaluator
from probing.engine.metrics.fold_metrics import FoldMetrics, fold_metrics, point_values, value_of
from probing.engine.metrics.influence import (
    conditional_v_information,
    each_influence,
    influences,
    optimism,
)
from probing.engine.metrics.log_odds import class_log_odds, log_odds, probabilities_of
from probing.engine.metrics.pooling import pooled_parts
from probing.engine.metrics.predicted import Predicted, UndefinedMetricError
from probing.engine.metrics.thresholds import Threshold, best_thresholds, natural_threshold
from probing.engine.metrics.usable_information import with_bits

__all__ = [
    "FoldMetrics",
    "Predicted",
    "Threshold",
    "UndefinedMetricError",
    "best_thresholds",
    "class_log_odds",
    "code_lengths",
    "conditional_v_information",
    "description_length",
    "each_influence",
    "evaluator",
    "fold_metrics",
    "influences",
    "joined_parts",
    "log_odds",
    "natural_threshold",
    "optimism",
    "point_values",
    "pooled_parts",
    "probabilities_of",
    "value_of",
    "with_bits",
]
