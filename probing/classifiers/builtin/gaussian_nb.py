"""Gaussian naive Bayes."""

from __future__ import annotations

from typing import ClassVar

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Outcome
from probing.classifiers.builtin.posterior import posterior_outcome
from probing.classifiers.builtin.strengths import check_positive
from probing.solvers.quadratic import class_scores, independent_gaussians


class GaussianNB(FoldwiseClassifier):
    """Gaussian classes with independent features; priors are the training frequencies.

    `var_smoothing` times the largest variance of a feature is added to every variance.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self, var_smoothing: float = 1e-9) -> None:
        check_positive("GaussianNB", var_smoothing=var_smoothing)
        self.var_smoothing = var_smoothing

    def fit_fold(self, data: FoldData) -> Outcome:
        """Fit one training set, class by class."""
        k, d = data.layer.n_classes, data.X.shape[1]
        largest = float(data.X[data.training].var(0, correction=0).max())
        rule = independent_gaussians(self.var_smoothing * (largest or 1.0))
        scores = class_scores(data.X, data.targets, data.training, k, rule)
        return posterior_outcome(data.part, scores, k * (2 * d + 1))
