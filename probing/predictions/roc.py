"""The ROC curve of a cell: the mean over its folds, whose area is the AUROC of the results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from probing.intervals import LEVEL, t_quantile
from probing.predictions.cell import Mask, Numbers, Predicted, Whole
from probing.uncertainty import bounds

MOST_POINTS = 4000
Area = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, eq=False)
class Roc:
    """Recall `[n_points]` at each false-positive rate `[n_points]`, the mean over folds.

    Averaged at equal rates (Fawcett 2006, "An introduction to ROC analysis", Pattern Recognition
    Letters 27), since scores of different folds are not on one scale; so its area is the mean of
    the areas of the folds. `lowest` and `highest` are the recalls of the folds at either end.
    `positive` is what the curve finds, `area` its area with its 95 % interval.
    """

    rates: Numbers
    recalls: Numbers
    lowest: Numbers
    highest: Numbers
    n_folds: int
    positive: str
    area: Area
    n_positive: int
    n_negative: int
    is_of_confidence: bool = False

    def frame(self) -> pl.DataFrame:
        """A row for each point of the curve."""
        columns = {
            "false_positive_rate": self.rates,
            "recall": self.recalls,
            "recall_lowest_fold": self.lowest,
            "recall_highest_fold": self.highest,
        }
        return pl.DataFrame(columns)


def roc(predicted: Predicted) -> Roc | None:
    """The ROC curve of class 1; of several classes, that of right decisions by their confidence.

    That is of Hendrycks and Gimpel (2017), "A baseline for detecting misclassified examples"; for
    the curves of classes, see `rocs`. None where no fold has both kinds of texts.
    """
    if predicted.task == "binary":
        if len(predicted.classes) < 2:
            return None
        is_positive, by = predicted.targets == 1, predicted.scores
    else:
        is_positive, by = predicted.right, _confidence(predicted)
    folds = [predicted.folds == fold for fold in np.unique(predicted.folds)]
    both = [rows for rows in folds if 0 < is_positive[rows].sum() < rows.sum()]
    if not both:
        return None
    curves = [_steps(by[rows], is_positive[rows]) for rows in both]
    rates, recalls = _joined(curves)
    area = predicted.metric("auroc")
    if predicted.task != "binary" or predicted.of_class:
        area = _area(by, is_positive, both, predicted)
    kept = _thinned(rates, recalls)
    return Roc(
        rates[kept],
        recalls.mean(axis=0)[kept],
        recalls.min(axis=0)[kept],
        recalls.max(axis=0)[kept],
        len(both),
        predicted.positive if predicted.task == "binary" else "a right decision",
        area,
        int(is_positive.sum()),
        int((~is_positive).sum()),
        predicted.task != "binary",
    )


def rocs(predicted: Predicted) -> dict[str, Roc]:
    """The curve of each class against the rest, where the run keeps the scores of all classes.

    A class that no fold tests beside others has none. The mean of the areas is the AUROC of the
    results, where each fold tests every class.
    """
    found = {name: roc(predicted.against_rest(name)) for name in predicted.scored_classes}
    return {name: one for name, one in found.items() if one is not None}


def _confidence(predicted: Predicted) -> Numbers:
    return predicted.confidence if predicted.has_probabilities else predicted.scores


def _steps(scores: Numbers, is_positive: Mask) -> tuple[Numbers, Numbers]:
    """False-positive rate and recall at every threshold, from (0, 0) to (1, 1)."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
    hits = np.cumsum(is_positive[order])[ends]
    alarms = ends + 1 - hits
    rates = np.concatenate([[0.0], alarms / alarms[-1]])
    recalls = np.concatenate([[0.0], hits / hits[-1]])
    return rates, recalls


def _joined(curves: list[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    """The curves `[n_folds, n_points]` at all of their rates, at the foot and head of each."""
    every = np.unique(np.concatenate([rates for rates, _ in curves]))
    rates = np.repeat(every, 2)
    recalls = np.empty((len(curves), len(rates)))
    for at, (own, reached) in enumerate(curves):
        first = np.searchsorted(own, every, side="left")
        last = np.searchsorted(own, every, side="right") - 1
        between = np.interp(every, own, reached)
        is_own = last >= first
        recalls[at, 0::2] = np.where(is_own, reached[np.minimum(first, len(own) - 1)], between)
        recalls[at, 1::2] = np.where(is_own, reached[np.maximum(last, 0)], between)
    return rates, recalls


def _thinned(rates: Numbers, recalls: Numbers) -> Whole:
    """The places of points that are enough to draw and to list."""
    if len(rates) <= MOST_POINTS:
        return np.arange(len(rates))
    return np.unique(np.linspace(0, len(rates) - 1, MOST_POINTS).round().astype(np.int64))


def _area(
    by: Numbers, is_positive: Mask, folds: list[Mask], predicted: Predicted
) -> tuple[float, float | None, float | None]:
    """The mean area of the folds, with an interval from its placement values summed by group.

    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44. Given the probes that were fitted.
    """
    moved, areas = np.zeros(len(by)), []
    for rows in folds:
        ranks, inside = _midranks(by[rows]), is_positive[rows]
        n_in, n_out = int(inside.sum()), int((~inside).sum())
        among = np.empty(len(ranks))
        among[inside], among[~inside] = _midranks(by[rows][inside]), _midranks(by[rows][~inside])
        beaten = np.where(inside, (ranks - among) / n_out, 1 - (ranks - among) / n_in)
        areas.append(float(beaten[inside].mean()))
        moved[rows] += (beaten - areas[-1]) / np.where(inside, n_in, n_out) / len(folds)
    _, place = np.unique(predicted.groups, return_inverse=True)
    n_groups, value = int(place.max()) + 1, float(np.mean(areas))
    if n_groups <= len(folds):
        return value, None, None
    variance = float((np.bincount(place, moved) ** 2).sum()) * n_groups / (n_groups - 1)
    quantile = t_quantile(0.5 + LEVEL / 2, n_groups - len(folds))
    return (value, *bounds("auroc", value, variance, quantile))


def _midranks(values: Numbers) -> Numbers:
    """Ranks from 1, ties at their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Numbers = (last - (counts - 1) / 2)[place]
    return ranks
