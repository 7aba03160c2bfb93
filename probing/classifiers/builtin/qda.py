"""Quadratic discriminant analysis."""

from __future__ import annotations

from typing import ClassVar

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Failure, Outcome
from probing.classifiers.builtin.posterior import posterior_outcome
from probing.errors import SpecError
from probing.solvers.quadratic import class_scores, gaussian


class QDA(FoldwiseClassifier):
    """Gaussian classes, each with its own covariance `(1 - reg_param) S + reg_param I`.

    S is the class's mean square about its mean; priors are the training frequencies.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self, reg_param: float = 0.1) -> None:
        if isinstance(reg_param, bool) or not 0 <= reg_param <= 1:
            raise SpecError(f"reg_param = {reg_param!r} is outside 0..1", where="QDA")
        self.reg_param = reg_param

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Fit one training set, class by class."""
        k, d = data.layer.n_classes, data.X.shape[1]
        fewest = int(data.targets[data.training].bincount(minlength=k).min())
        if self.reg_param == 0 and d >= fewest:
            reason = f"{d} features but a class has {fewest} training rows; set reg_param = 0.1"
            return Failure(data.part, reason)
        rule = gaussian(self.reg_param)
        scores = class_scores(data.X, data.targets, data.training, k, rule)
        return posterior_outcome(data.part, scores, k * (d + d * (d + 1) // 2 + 1))
