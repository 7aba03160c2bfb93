"""How the scores of a cell lie: by class, with the thresholds that its folds decide by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from probing.predictions.cell import Numbers, Predicted, Whole

TAIL = 0.005  # of the scores at each end that do not set the limits
RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True)
class Threshold:
    """What a fold decides by: scores above `value` are of the positive class.

    It is not kept; `low` is the highest score that was decided negative, `high` the lowest that was
    decided positive, and `value` is 0 where that lies between them, else their middle.
    """

    fold: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Histogram:
    """`counts` `[n_kinds, n_bins]` of the texts of each of `kinds`; `edges` `[n_bins + 1]`.

    The first and the last bin also count the `beyond` texts outside the edges.
    """

    kinds: tuple[str, ...]
    edges: Numbers
    counts: Whole
    beyond: int

    def frame(self) -> pl.DataFrame:
        """A row for each kind and bin."""
        n_kinds, n_bins = self.counts.shape
        kinds = [kind for kind in self.kinds for _ in range(n_bins)]
        columns = {
            "class": pl.Series(kinds, dtype=pl.String),
            "bin_low": np.tile(self.edges[:-1], n_kinds),
            "bin_high": np.tile(self.edges[1:], n_kinds),
            "n": self.counts.ravel(),
        }
        return pl.DataFrame(columns)


def histogram(predicted: Predicted, n_bins: int) -> Histogram:
    """The scores of each class; of several classes, those of right and of wrong decisions.

    There the score is that of the class decided for; one class `against_rest` has its own.
    """
    values = predicted.scores
    if predicted.task == "binary":
        kinds, kind = predicted.classes, predicted.targets
    else:
        kinds, kind = (RIGHT, WRONG), (~predicted.right).astype(np.int64)
    edges = _edges(values, n_bins, predicted.task == "binary")
    inside = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bins - 1)
    counts = np.stack(
        [np.bincount(inside[kind == at], minlength=n_bins) for at in range(len(kinds))]
    )
    beyond = int(((values < edges[0]) | (values > edges[-1])).sum())
    return Histogram(tuple(kinds), edges, counts.astype(np.int64), beyond)


def _edges(values: Numbers, n_bins: int, with_zero: bool) -> Numbers:
    """Limits that hold all but the farthest scores; 0, which decides, is one of the edges."""
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [TAIL, 1 - TAIL]) if len(finite) else (0.0, 1.0)
    if not with_zero:
        return np.linspace(low, high if high > low else low + 1, n_bins + 1)
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / (n_bins - 1) if high > low else 2 / n_bins
    first = np.floor(low / width) * width
    edges: Numbers = first + width * np.arange(n_bins + 1)
    return edges


def thresholds(predicted: Predicted) -> list[Threshold]:
    """What each fold of a binary task decides by; none where it decides alike of all its texts.

    Of several classes the highest score decides, so one class against the rest has none either.
    """
    if predicted.task != "binary" or predicted.of_class or len(predicted.classes) < 2:
        return []
    found = []
    for fold in np.unique(predicted.folds):
        rows = predicted.folds == fold
        scores, positive = predicted.scores[rows], predicted.decisions[rows] == 1
        if positive.all() or not positive.any():
            continue
        low, high = float(scores[~positive].max()), float(scores[positive].min())
        value = 0.0 if low <= 0 <= high else (low + high) / 2
        found.append(Threshold(int(fold), value, low, high))
    return found
