"""The class with the nearest mean."""

from __future__ import annotations

from torch import Tensor

from probing.engine.classifiers.builtin.families.from_means import MeansClassifier
from probing.engine.solvers.discriminant.class_means import (
    ClassMoments,
    closeness,
    square_distances,
)
from probing.engine.solvers.rows.streamed_rows import Rows


class NearestCentroid(MeansClassifier):
    """For two classes the score is the difference of the distances to their means.

    With more, each has the score `m·x - |m|²/2` about the training mean: the largest is that of
    the nearest, and scores of one class compare between texts, as distances alone do not.
    """

    def is_linear(self, n_classes: int) -> bool:
        """Closeness is; the difference of two distances is not."""
        return n_classes > 2

    def n_params(self, n_classes: int, d: int) -> int:
        """A mean for each class."""
        return n_classes * d

    def scores(self, X: Rows, moments: ClassMoments) -> Tensor:
        """Differences of distances, or the closeness of every class."""
        if moments.counts.shape[1] > 2:
            return closeness(X, moments).mT
        weights = moments.unit.square().reciprocal()
        low, high = (square_distances(X, moments.means[:, c], weights) for c in (0, 1))
        return low.sqrt() - high.sqrt()
