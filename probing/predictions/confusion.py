"""The confusion matrix of a cell: how often texts of a class are decided as each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from probing.predictions.cell import Numbers, Predicted, Whole
from probing.uncertainty import share_bounds


@dataclass(frozen=True, eq=False)
class Confusion:
    """`counts` `[n_classes, n_classes]` of texts: a row is their class, a column the decision.

    `bounds` are the 95 % intervals of the shares on the diagonal, `[n_classes, 2]`, in which texts
    of a group count as fewer; NaN for a class without texts.
    """

    classes: tuple[str, ...]
    counts: Whole
    bounds: Numbers

    @property
    def sizes(self) -> Whole:
        """The texts of each class."""
        sizes: Whole = self.counts.sum(axis=1)
        return sizes

    @property
    def shares(self) -> Numbers:
        """The counts as shares of their row; NaN in the row of a class without texts."""
        with np.errstate(invalid="ignore"):
            shares: Numbers = self.counts / self.sizes[:, None]
        return shares

    def mistakes(self, most: int) -> list[tuple[int, int, int]]:
        """The most frequent mistakes: how many texts of which class are decided as which."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        places = (divmod(int(at), len(self.classes)) for at in order)
        return [(int(wrong[at]), *at) for at in places if wrong[at]]

    def frame(self) -> pl.DataFrame:
        """A row for each pair of classes, with its count and its share of the texts of `target`."""
        n = len(self.classes)
        names = np.array(self.classes, dtype=object)
        own = np.eye(n, dtype=bool).ravel()
        low, high = (np.where(own, np.repeat(end, n), np.nan) for end in self.bounds.T)
        columns = {
            "target": pl.Series(np.repeat(names, n), dtype=pl.String),
            "prediction": pl.Series(np.tile(names, n), dtype=pl.String),
            "n": self.counts.ravel(),
            "n_target": np.repeat(self.sizes, n),
            "share": self.shares.ravel(),
            "share_low": low,
            "share_high": high,
        }
        return pl.DataFrame(columns).fill_nan(None)


def confusion(predicted: Predicted) -> Confusion:
    """The confusion matrix of all folds of a cell."""
    n = len(predicted.classes)
    pairs = predicted.targets * n + predicted.decisions
    counts = np.bincount(pairs, minlength=n * n).reshape(n, n).astype(np.int64)
    bounds = np.full((n, 2), np.nan)
    for at in range(n):
        rows = predicted.targets == at
        if rows.any():
            bounds[at] = share_bounds(predicted.right[rows], predicted.groups[rows])
    return Confusion(predicted.classes, counts, bounds)
