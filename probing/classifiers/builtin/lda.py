"""Linear discriminant analysis, shrunk by Ledoit and Wolf's rule unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from probing.classifiers.builtin.layerwise import Layer
from probing.classifiers.builtin.posterior import PosteriorClassifier
from probing.classifiers.builtin.training import Training
from probing.errors import SpecError
from probing.solvers.discriminant import discriminant_scores
from probing.solvers.rows import Rows
from probing.solvers.shrunk_covariance import Shrinkage
from probing.solvers.training_sets import TrainingSets

_REMEDY = 'set shrinkage = "ledoit_wolf" or a number up to 1'


class LDA(PosteriorClassifier):
    """Gaussian classes with one covariance; priors are the training frequencies.

    `shrinkage` is "ledoit_wolf", a number from 0 to 1, or None for the covariance as it is,
    which needs more training rows than features.
    """

    def __init__(self, shrinkage: Shrinkage = "ledoit_wolf") -> None:
        self.shrinkage = _checked(shrinkage)

    def lack(self, part: Training, n_classes: int, d: int) -> str | None:
        """A covariance that is not shrunk needs more rows than features."""
        if self.shrinkage or d < len(part.train):
            return None
        return f"{d} features but {len(part.train)} training rows; {_REMEDY}"

    def n_params(self, n_classes: int, d: int) -> int:
        """One weight vector with an offset for two classes, else one for each."""
        return (n_classes - (n_classes == 2)) * (d + 1)

    def log_posteriors(
        self, X: Rows, sets: TrainingSets, layer: Layer
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Those of all rows."""
        k, shrinkage = layer.n_classes, self.shrinkage
        return discriminant_scores(X, sets, k, shrinkage, scaled=layer.scaled)


def _checked(shrinkage: Shrinkage) -> Shrinkage:
    number = isinstance(shrinkage, (int, float)) and not isinstance(shrinkage, bool)
    if shrinkage in ("ledoit_wolf", None) or (number and 0 <= float(shrinkage or 0) <= 1):
        return shrinkage
    raise SpecError(f"shrinkage = {shrinkage!r} is not known", where="LDA", hint=_REMEDY)
