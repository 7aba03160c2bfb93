"""The metrics by name: their tasks, direction, bounds and chance level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

BINARY = ("binary",)
CLASSES = ("binary", "multiclass")
NUMBERS = ("regression",)


@dataclass(frozen=True)
class Metric:
    """One metric.

    `chance` maps a task to what guessing scores whatever the targets; a task that is not in it
    has no constant: there the majority control tells. `per_class` means one over the classes.
    One that `needs_classes` has no value where a class is missing. One that `is_pooled` is
    computed from the predictions of all folds together, since its mean over small folds is
    biased. One that `is_apart` has fits of its own, and no value on a fold. The others are means
    over folds.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    higher_is_better: bool = True
    low: float = 0.0
    high: float = 1.0
    chance: Mapping[str, float] = field(default_factory=dict)
    per_class: bool = False
    is_pooled: bool = False
    needs_classes: bool = False
    is_apart: bool = False

    def chance_of(self, task: str, n_classes: int | None = None) -> float | None:
        """What guessing scores, or None where it depends on the targets."""
        if self.per_class and n_classes and task in CLASSES:
            return 1.0 / n_classes
        return self.chance.get(task)

    def clipped(self, value: float) -> float:
        """`value`, or the bound that it lies beyond."""
        return min(max(value, self.low), self.high)


_HALF = {"binary": 0.5, "multiclass": 0.5}
_ZERO = {"regression": 0.0}

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", CLASSES),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            CLASSES,
            chance={"binary": 0.5},
            per_class=True,
            needs_classes=True,
        ),
        Metric("f1", "F1", CLASSES, is_pooled=True, needs_classes=True),
        Metric("auroc", "AUROC", CLASSES, chance=_HALF, needs_classes=True),
        Metric(
            "average_precision", "average precision", CLASSES, is_pooled=True, needs_classes=True
        ),
        Metric("precision", "precision", CLASSES, is_pooled=True, needs_classes=True),
        Metric("recall", "recall", CLASSES, is_pooled=True, needs_classes=True),
        Metric("brier", "Brier score", CLASSES, higher_is_better=False, high=2.0),
        Metric(
            "ece",
            "expected calibration error",
            CLASSES,
            higher_is_better=False,
            is_pooled=True,
        ),
        Metric("accuracy_tuned", "accuracy, tuned threshold", BINARY),
        Metric("f1_tuned", "F1, tuned threshold", BINARY, is_pooled=True, needs_classes=True),
        Metric(
            "recall_at_1_fpr",
            "recall at 1 % FPR",
            BINARY,
            chance={"binary": 0.01},
            is_pooled=True,
            needs_classes=True,
        ),
        Metric(
            "recall_at_5_fpr",
            "recall at 5 % FPR",
            BINARY,
            chance={"binary": 0.05},
            is_pooled=True,
            needs_classes=True,
        ),
        Metric(
            "fpr_at_95_tpr",
            "FPR at 95 % recall",
            BINARY,
            higher_is_better=False,
            chance={"binary": 0.95},
            is_pooled=True,
            needs_classes=True,
        ),
        Metric(
            "description_length",
            "description length, bits",
            CLASSES,
            higher_is_better=False,
            high=math.inf,
            is_apart=True,
        ),
        Metric(
            "compression",
            "compression",
            CLASSES,
            high=math.inf,
            chance=dict.fromkeys(CLASSES, 1.0),
            is_apart=True,
        ),
        Metric(
            "v_information",
            "V-information, bits",
            CLASSES,
            low=-math.inf,
            high=math.inf,
            chance=dict.fromkeys(CLASSES, 0.0),
        ),
        Metric(
            "conditional_v_information",
            "conditional V-information, bits",
            CLASSES,
            low=-math.inf,
            high=math.inf,
            chance=dict.fromkeys(CLASSES, 0.0),
            is_apart=True,
        ),
        Metric("mse", "mean squared error", NUMBERS, higher_is_better=False, high=math.inf),
        Metric("mae", "mean absolute error", NUMBERS, higher_is_better=False, high=math.inf),
        Metric("r2", "R²", NUMBERS, low=-math.inf, chance=_ZERO, is_pooled=True),
        Metric("pearson", "Pearson correlation", NUMBERS, low=-1.0, chance=_ZERO),
        Metric("spearman", "Spearman correlation", NUMBERS, low=-1.0, chance=_ZERO),
    )
}

CLASSIFICATION_METRICS = tuple(name for name, one in METRICS.items() if "binary" in one.tasks)
REGRESSION_METRICS = tuple(name for name, one in METRICS.items() if "regression" in one.tasks)
POOLED = tuple(name for name, one in METRICS.items() if one.is_pooled)
STABILITY = (
    "cosine_folds",
    "cosine_previous_layer",
    "agreement_previous_layer",
    "kappa_previous_layer",
)
"""How far probes agree between folds, and with those of the layer below."""


def metrics_of(task: str) -> tuple[str, ...]:
    """The metrics that a task's rows carry, in the order of the columns.

    New ones go to the end of a task's: files of runs hold influences by place.
    """
    return REGRESSION_METRICS if task == "regression" else CLASSIFICATION_METRICS


def fold_metrics_of(task: str) -> tuple[str, ...]:
    """The metrics that a fold has by itself, in the order of the columns."""
    return tuple(name for name in metrics_of(task) if not METRICS[name].is_apart)


def default_metric(task: str) -> str:
    """The metric that is shown first for a task."""
    return "r2" if task == "regression" else "accuracy"
