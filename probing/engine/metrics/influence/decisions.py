"""Influence values of metrics of decisions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.predicted import Numbers, Whole
from probing.uncertainty import Influence, binomial


def accuracy(samples: Samples, decision: Whole) -> Influence:
    """Share of samples decided rightly, the mean over folds: each sample's own loss."""
    right = (decision == samples.targets).astype(np.float64)
    return mean_over_folds(samples, right, share=True)


def mean_over_folds(samples: Samples, losses: Numbers, share: bool = False) -> Influence:
    """The mean over folds of the mean of `losses` `[n]`; a `share` is one of zeros and ones."""
    means = samples.mean_of(samples.fold, losses)
    influence = (losses - means[samples.fold]) / (samples.n_folds * samples.sizes[samples.fold])
    value = float(means.mean())
    whole = np.zeros(len(losses), dtype=np.int64)
    formula = binomial(np.array([value])) if share else None
    return Influence(value, influence, samples.fold, whole, formula)


def balanced_accuracy(samples: Samples, decision: Whole) -> Influence:
    """Mean over folds of the mean recall of the classes that are present."""
    right = (decision == samples.targets).astype(np.float64)
    stratum = samples.fold_and_class
    recalls, sizes = samples.mean_of(stratum, right), np.bincount(stratum)
    n_present = samples.n_classes_present[samples.fold]
    influence = (right - recalls[stratum]) / (samples.n_folds * n_present * sizes[stratum])
    value = float(_mean_recall(samples, recalls, sizes).mean())
    overall = samples.mean_of(samples.classes, right)
    formula = binomial(overall, 1 / len(overall))
    return Influence(value, influence, stratum, samples.classes, formula)


def _mean_recall(samples: Samples, recalls: Numbers, sizes: Whole) -> Numbers:
    n_strata = samples.n_folds * samples.n_classes
    padded = np.zeros(n_strata), np.zeros(n_strata)
    padded[0][: len(recalls)], padded[1][: len(sizes)] = recalls, sizes
    table = padded[0].reshape(samples.n_folds, -1)
    there = padded[1].reshape(samples.n_folds, -1) > 0
    mean: Numbers = (table * there).sum(axis=1) / there.sum(axis=1)
    return mean


Ratio = Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]


def f1(samples: Samples, decision: Whole) -> Influence:
    """F1 of all folds together: 2·tp / (decided + present), by the delta method."""
    return _pooled_ratio(samples, decision, lambda d, p: (2 * d * p, d + p))


def precision(samples: Samples, decision: Whole) -> Influence:
    """Precision of all folds together: tp / decided, by the delta method."""
    return _pooled_ratio(samples, decision, lambda d, p: (d * p, d))


def recall(samples: Samples, decision: Whole) -> Influence:
    """Recall of all folds together: tp / present, by the delta method."""
    return _pooled_ratio(samples, decision, lambda d, p: (d * p, p))


def _pooled_ratio(samples: Samples, decision: Whole, ratio: Ratio) -> Influence:
    """The mean over classes (binary: class 1) of Σ top / Σ bottom over all samples."""
    classes = samples.scored_classes
    influence, values = np.zeros(len(decision)), []
    for at in classes:
        decided, present = (decision == at) * 1.0, (samples.targets == at) * 1.0
        top, bottom = ratio(decided, present)
        total = bottom.sum()
        values.append(float(top.sum() / total) if total else 0.0)
        if total:
            influence += (top - values[-1] * bottom) / (total * len(classes))
    parts = samples.classes if samples.task == "multiclass" else (samples.targets == 1) * 1
    shares = np.array(values) if samples.task == "multiclass" else np.array([np.nan, values[0]])
    formula = binomial(shares, 1 / len(classes))
    whole = np.zeros(len(decision), dtype=np.int64)
    return Influence(float(np.mean(values)), influence, whole, parts.astype(np.int64), formula)
