"""Linear discriminant analysis, shrunk by Ledoit and Wolf's rule unless told otherwise."""

from __future__ import annotations

from typing import ClassVar

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Failure, Outcome
from probing.classifiers.builtin.posterior import posterior_outcome
from probing.errors import SpecError
from probing.solvers.discriminant import Shrinkage, discriminant_scores

_REMEDY = 'set shrinkage = "ledoit_wolf" or a number up to 1'


class LDA(FoldwiseClassifier):
    """Gaussian classes with one covariance; priors are the training frequencies.

    `shrinkage` is "ledoit_wolf", a number from 0 to 1, or None for the covariance as it is,
    which needs more training rows than features.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self, shrinkage: Shrinkage = "ledoit_wolf") -> None:
        self.shrinkage = _checked(shrinkage)

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Fit one training set from its class means and covariances."""
        n, d = len(data.part.train), data.X.shape[1]
        if not self.shrinkage and d >= n:
            return Failure(data.part, f"{d} features but {n} training rows; {_REMEDY}")
        k = data.layer.n_classes
        scores = discriminant_scores(data.X, data.targets, data.training, k, self.shrinkage)
        n_params = (k - (data.layer.task == "binary")) * (d + 1)
        return posterior_outcome(data.part, scores, n_params)


def _checked(shrinkage: Shrinkage) -> Shrinkage:
    number = isinstance(shrinkage, (int, float)) and not isinstance(shrinkage, bool)
    if shrinkage in ("ledoit_wolf", None) or (number and 0 <= float(shrinkage or 0) <= 1):
        return shrinkage
    raise SpecError(f"shrinkage = {shrinkage!r} is not known", where="LDA", hint=_REMEDY)
