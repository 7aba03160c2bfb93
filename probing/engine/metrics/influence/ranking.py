"""Influence values of metrics of an order."""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.influence.samples import Samples
from probing.engine.metrics.predicted import Numbers, Whole
from probing.uncertainty import Influence, binomial, placement_variance


def auroc(samples: Samples) -> Influence:
    """Mean AUROC of the folds; multiclass: one against the rest, the mean over classes.

    Placement values: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44; over folds: LeDell,
    Petersen and van der Laan (2015), Electronic Journal of Statistics 9.
    """
    samples.need_two_classes()
    influence = np.zeros(len(samples.fold))
    by_class: list[list[float]] = [[] for _ in samples.present]
    for fold in range(samples.n_folds):
        rows = np.flatnonzero(samples.fold == fold)
        targets = samples.targets[rows]
        here = np.unique(targets)
        scored = [1] if samples.task == "binary" else list(here)
        for at in scored:
            value, moved = _auroc(samples.predicted.score_of(at)[rows], targets == at)
            influence[rows] += moved / (len(scored) * samples.n_folds)
            by_class[int(np.searchsorted(samples.present, at))].append(value)
    values = np.array([np.mean(one) if one else np.nan for one in by_class])
    return Influence(
        _mean(samples, by_class),
        influence,
        samples.fold_and_class if samples.task == "binary" else samples.fold,
        samples.classes,
        placement_variance(values, binary=samples.task == "binary"),
        ranks=True,
    )


def _mean(samples: Samples, by_class: list[list[float]]) -> float:
    """The mean over folds of the mean over classes."""
    if samples.task == "binary":
        return float(np.mean(by_class[-1]))
    flat = np.concatenate([np.array(one) for one in by_class])
    counts = samples.n_classes_present
    if len(set(counts)) == 1:
        return float(flat.mean())
    table = np.full((samples.n_folds, samples.n_classes), np.nan)
    there = np.bincount(samples.fold_and_class, minlength=table.size).reshape(table.shape) > 0
    for at, values in enumerate(by_class):
        table[there[:, at], at] = values
    return float(np.nanmean(table, axis=1).mean())


def _auroc(scores: Numbers, inside: Whole) -> tuple[float, Numbers]:
    """AUROC and the influence of each sample, centred inside its class."""
    _, place = np.unique(scores, return_inverse=True)
    positive, negative = np.bincount(place, inside), np.bincount(place, ~inside)
    n_positive, n_negative = positive.sum(), negative.sum()
    below = (np.cumsum(negative) - negative / 2) / n_negative  # of the rest, at each score
    above = 1 - (np.cumsum(positive) - positive / 2) / n_positive
    value = float((positive * below).sum() / n_positive)
    placement = np.where(inside, below[place], above[place])
    size = np.where(inside, n_positive, n_negative)
    return value, (placement - value) / size


def average_precision(samples: Samples) -> Influence:
    """Average precision of all folds together, the mean over classes: its derivative by weight."""
    classes = samples.scored_classes
    influence, values = np.zeros(len(samples.fold)), []
    for at in classes:
        value, moved = _average_precision(samples.predicted.score_of(at), samples.targets == at)
        values.append(value)
        influence += moved / len(classes)
    whole = np.zeros(len(influence), dtype=np.int64)
    if samples.task == "multiclass":
        parts, shares = samples.classes, np.array(values)
    else:
        parts, shares = (samples.targets == 1).astype(np.int64), np.array([np.nan, values[0]])
    formula = binomial(shares, 1 / len(classes))
    return Influence(float(np.mean(values)), influence, whole, parts, formula)


def _average_precision(scores: Numbers, inside: Whole) -> tuple[float, Numbers]:
    _, place = np.unique(-scores, return_inverse=True)  # from the highest score down
    hits, misses = np.bincount(place, inside), np.bincount(place, ~inside)
    found, wrong = np.cumsum(hits), np.cumsum(misses)
    n_inside, decided = hits.sum(), found + wrong
    precision = found / decided
    value = float((hits * precision).sum() / n_inside)
    # a sample above a hit changes that hit's precision
    gain = _from_below(hits * wrong / decided**2)
    loss = _from_below(hits * found / decided**2)
    own = precision[place] - value
    moved = np.where(inside, own + gain[place], -loss[place]) / n_inside
    return value, moved


def _from_below(values: Numbers) -> Numbers:
    """The sum of each and all after it."""
    total: Numbers = np.cumsum(values[::-1])[::-1]
    return total
