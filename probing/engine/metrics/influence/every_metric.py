"""The influence values of every metric of a cell, and how far its fits exceed their tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from probing.engine.metrics.influence import (
    calibration,
    decisions,
    operating_points,
    ranking,
    regression,
    usable_information,
)
from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.operating_points import RATES
from probing.engine.metrics.predicted import Predicted, UndefinedMetricError, Whole
from probing.metric_names import fold_metrics_of
from probing.uncertainty import Influence

FITTED = {"mse": 0.5, "mae": 0.5, "brier": 0.5, "ece": 1.0}  # as simulation shows
Compute = Callable[[Samples], Influence]


def influences(folds: Sequence[Predicted]) -> tuple[dict[str, Influence], dict[str, str]]:
    """Each metric of the out-of-fold predictions, its influences in the order of the folds.

    The second maps a metric that has none to the reason.
    """
    found, reasons = dict[str, Influence](), dict[str, str]()
    for name, one in each_influence(folds):
        if isinstance(one, Influence):
            found[name] = one
        else:
            reasons[name] = one
    return found, reasons


def each_influence(folds: Sequence[Predicted]) -> Iterator[tuple[str, Influence | str]]:
    """Each metric as `influences` gives it, or the reason why it has none, one at a time: those of
    one take 24 bytes a sample."""
    samples = Samples.of(folds)
    for name in fold_metrics_of(samples.task):
        try:
            if not all(len(one.targets) for one in folds):
                raise UndefinedMetricError("a test part is empty")
            if not np.isfinite(samples.predicted.scores).all():
                raise UndefinedMetricError("the scores are not finite")
            one = COMPUTE[name](samples)
            constant = one.constant or _constant(samples, name)
            yield name, replace(one, constant=constant, fitted=FITTED.get(name, 0.0))
        except UndefinedMetricError as why:
            yield name, str(why)


def optimism(tested: Sequence[Predicted], seen: Sequence[Predicted]) -> float:
    """The share of what fits score on training texts that is not there on test texts, 0 to 1.

    On the scale of normal quantiles of AUROC, where 0 is chance; 1 where nothing of a fit is known
    on training texts. Of regression it is 1: what is missing of a correlation says too little of
    how far other training texts would have moved the fit.
    """
    if tested[0].task == "regression":
        return 1.0
    known = [_discrimination(one) for one in tested], [_discrimination(one) for one in seen]
    if not known[1] or any(math.isnan(one) for part in known for one in part):
        return 1.0
    tests, fits = (float(np.mean(part)) for part in known)
    inside, outside = _quantile(fits), max(_quantile(tests), 0.0)
    return float(min(max((inside - outside) / inside, 0.0), 1.0)) if inside > 0 else 1.0


def _constant(samples: Samples, metric: str) -> str:
    """Why a metric does not depend on which texts are tested; empty where it does."""
    decides = {"f1_tuned": "by_f1"} | dict.fromkeys(_BY_CLASS, "decision")
    if metric in _BY_SCORE and samples.is_constant(samples.predicted.scores):
        return "the scores are all the same"
    if metric in decides:
        decision = getattr(samples.predicted, decides[metric])
        if decision is not None and samples.is_constant(decision):
            return "the decisions are all the same"
    return ""


_BY_SCORE = "auroc", "average_precision", *RATES
_BY_CLASS = ("balanced_accuracy", "f1", "precision", "recall")


def _discrimination(predicted: Predicted) -> float:
    samples = Samples.of([predicted])
    try:
        return ranking.auroc(samples).value
    except UndefinedMetricError:
        return math.nan


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(min(max(share, 1e-4), 1 - 1e-4))


def _of(part: str, compute: Callable[[Samples, Whole], Influence]) -> Compute:
    def computed(samples: Samples) -> Influence:
        decision = getattr(samples.predicted, part)
        if decision is None:
            raise UndefinedMetricError("the classifier makes no decisions")
        if compute is not decisions.accuracy and samples.n_classes < 2:
            raise UndefinedMetricError("the test part has only one class")
        return compute(samples, decision)

    return computed


def _two_classes(compute: Compute) -> Compute:
    def computed(samples: Samples) -> Influence:
        if samples.n_classes < 2:
            raise UndefinedMetricError("the test part has only one class")
        return compute(samples)

    return computed


def _balanced(samples: Samples, decision: Whole) -> Influence:
    samples.need_two_classes()
    return decisions.balanced_accuracy(samples, decision)


COMPUTE: dict[str, Compute] = {
    "accuracy": _of("decision", decisions.accuracy),
    "balanced_accuracy": _of("decision", _balanced),
    "f1": _of("decision", decisions.f1),
    "auroc": ranking.auroc,
    "average_precision": _two_classes(ranking.average_precision),
    "precision": _of("decision", decisions.precision),
    "recall": _of("decision", decisions.recall),
    "brier": calibration.brier,
    "ece": calibration.ece,
    "v_information": usable_information.v_information,
    "accuracy_tuned": _of("by_accuracy", decisions.accuracy),
    "f1_tuned": _of("by_f1", decisions.f1),
    "recall_at_1_fpr": operating_points.recall_at_1_fpr,
    "recall_at_5_fpr": operating_points.recall_at_5_fpr,
    "fpr_at_95_tpr": operating_points.fpr_at_95_tpr,
    "mse": regression.mse,
    "mae": regression.mae,
    "r2": regression.r2,
    "pearson": regression.pearson,
    "spearman": regression.spearman,
}
