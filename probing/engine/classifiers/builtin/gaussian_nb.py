"""Gaussian naive Bayes."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.families.from_means import MeansClassifier
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.strength_grids import check_positive
from probing.engine.solvers.discriminant.class_means import ClassMoments, square_distances
from probing.engine.solvers.rows.streamed_rows import Rows


class GaussianNB(MeansClassifier):
    """Gaussian classes with independent features; priors are the training frequencies.

    `var_smoothing` times the largest variance of a feature is added to every variance.
    """

    probabilities = True

    def __init__(self, var_smoothing: float = 1e-9) -> None:
        check_positive("GaussianNB", var_smoothing=var_smoothing)
        self.var_smoothing = var_smoothing

    def n_params(self, n_classes: int, d: int) -> int:
        """A mean and a variance for each class and feature, and the priors."""
        return n_classes * (2 * d + 1)

    def scores(self, X: Rows, moments: ClassMoments) -> Tensor:
        """Log odds by the log densities of the features, added up."""
        units = moments.unit.square()
        largest = (moments.whole.variance / units).amax(1, keepdim=True)
        largest = torch.where(largest > 0, largest, 1.0)
        variances = moments.variances + (self.var_smoothing * largest * units).unsqueeze(1)
        distances = square_distances(
            X, moments.means.flatten(0, 1), variances.flatten(0, 1).reciprocal()
        )
        log_densities = -(distances.view(*moments.counts.shape, -1) + _volumes(variances)) / 2
        return class_log_odds((log_densities + moments.shares.log().unsqueeze(2)).mT)


def _volumes(variances: Tensor) -> Tensor:
    return variances.log().sum(2, keepdim=True)
