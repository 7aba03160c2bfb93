"""Linear discriminant analysis, shrunk by the Ledoit–Wolf rule by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer
from probing.engine.classifiers.builtin.families.posterior import PosteriorClassifier
from probing.engine.classifiers.builtin.families.training_parts import Training
from probing.engine.solvers.discriminant.linear import discriminant_scores
from probing.engine.solvers.discriminant.shrunk_covariance import Shrinkage
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.errors import SpecError

_REMEDY = 'set shrinkage = "ledoit_wolf" or a number up to 1'


class LDA(PosteriorClassifier):
    """Gaussian classes with one covariance; priors are the training frequencies.

    `shrinkage` is "ledoit_wolf", a number from 0 to 1, or None for the covariance as it is,
    which needs more training rows than features.
    """

    is_linear: ClassVar[bool] = True

    def __init__(self, shrinkage: Shrinkage = "ledoit_wolf") -> None:
        self.shrinkage = _checked(shrinkage)

    def lack(self, part: Training, n_classes: int, d: int) -> str | None:
        """A covariance that is not shrunk needs more rows than features."""
        if self.shrinkage or d < len(part.train):
            return None
        return f"{d} features, but only {len(part.train)} training rows; {_REMEDY}"

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
    raise SpecError(f"shrinkage = {shrinkage!r} is not valid", where="LDA", hint=_REMEDY)
