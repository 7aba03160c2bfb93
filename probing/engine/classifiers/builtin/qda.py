"""Quadratic discriminant analysis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer
from probing.engine.classifiers.builtin.families.posterior import PosteriorClassifier
from probing.engine.classifiers.builtin.families.training_parts import Training
from probing.engine.solvers.discriminant.quadratic import quadratic_scores
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.errors import SpecError


class QDA(PosteriorClassifier):
    """Gaussian classes, each with its own covariance `(1 - reg_param) S + reg_param I`.

    S is the class's mean square about its mean; priors are the training frequencies.
    """

    def __init__(self, reg_param: float = 0.1) -> None:
        if isinstance(reg_param, bool) or not 0 <= reg_param <= 1:
            raise SpecError(f"reg_param = {reg_param!r} is not between 0 and 1", where="QDA")
        self.reg_param = reg_param

    def lack(self, part: Training, n_classes: int, d: int) -> str | None:
        """A covariance that is not regularised needs more rows of its class than features."""
        fewest = int(np.bincount(part.targets[part.train], minlength=n_classes).min())
        if self.reg_param > 0 or d < fewest:
            return None
        return f"{d} features, but a class has only {fewest} training rows; set reg_param = 0.1"

    def n_params(self, n_classes: int, d: int) -> int:
        """A mean, a covariance and a prior for each class."""
        return n_classes * (d + d * (d + 1) // 2 + 1)

    def log_posteriors(
        self, X: Rows, sets: TrainingSets, layer: Layer
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Those of the rows that a training set leaves out; 0 for the others."""
        return quadratic_scores(X, sets, layer.n_classes, self.reg_param, scaled=layer.scaled)
