"""Projection on the difference of the class means."""

from __future__ import annotations

from torch import Tensor

from probing.engine.classifiers.builtin.families.from_means import MeansClassifier
from probing.engine.solvers.discriminant.class_means import ClassMoments, closeness
from probing.engine.solvers.rows.streamed_rows import Rows


class MassMean(MeansClassifier):
    """Project on the difference of the class means, deciding at their midpoint.

    The score of two classes is `(m1 - m0)·x` less its value at the midpoint. With more classes
    each has the score `m·x - |m|²/2` about the training mean, whose differences are those
    projections, so that the nearest mean decides. Marks and Tegmark, The Geometry of Truth,
    arXiv:2310.06824.
    """

    def is_linear(self, n_classes: int) -> bool:
        """They are projections."""
        return True

    def n_params(self, n_classes: int, d: int) -> int:
        """One weight vector with an offset for two classes, else one for each."""
        return (n_classes - (n_classes == 2)) * (d + 1)

    def scores(self, X: Rows, moments: ClassMoments) -> Tensor:
        """Differences of closeness, or the closeness of every class."""
        close = closeness(X, moments)
        return close[:, 1] - close[:, 0] if close.shape[1] == 2 else close.mT
