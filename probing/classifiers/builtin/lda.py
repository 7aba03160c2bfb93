"""Linear discriminant analysis, shrunk by Ledoit and Wolf's rule unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from probing.classifiers.builtin.layerwise import Failure, Layer, LayerwiseClassifier, Outcome
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.errors import SpecError
from probing.solvers.discriminant import Shrinkage, discriminant_scores
from probing.solvers.scaling import subset_moments
from probing.solvers.basis import standardised

_REMEDY = 'set shrinkage = "ledoit_wolf" or a number up to 1'


class LDA(LayerwiseClassifier):
    """Gaussian classes with one covariance; priors are the training frequencies.

    `shrinkage` is "ledoit_wolf", a number from 0 to 1, or None for the covariance as it is,
    which needs more training rows than features.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self, shrinkage: Shrinkage = "ledoit_wolf") -> None:
        self.shrinkage = _checked(shrinkage)

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome | Failure]]:
        """Fit each training set from its class means and covariances."""
        sets = training_sets(parts, layer.features.device)
        X = standardised(layer.features, scaled=layer.scaled)
        deviation = subset_moments(X, sets.masks).deviation
        for at, part in enumerate(parts):
            own = X / deviation[at] if layer.scaled else X
            yield [self._fit_one(layer, part, own, sets.targets[at], sets.masks[at])]

    def _fit_one(
        self, layer: Layer, part: Training, X: Tensor, targets: Tensor, training: Tensor
    ) -> Outcome | Failure:
        d = X.shape[1]
        if not self.shrinkage and d >= len(part.train):
            return Failure(part, f"{d} features but {len(part.train)} training rows; {_REMEDY}")
        scores = discriminant_scores(X, targets, training, layer.n_classes, self.shrinkage)
        n_params = (layer.n_classes - (layer.task == "binary")) * (d + 1)
        return Outcome(
            training=part,
            scores=scored_rows(part, posterior(scores)),
            n_params=n_params,
            threshold=0.5,
            probabilities=True,
        )


def posterior(scores: Tensor) -> Tensor:
    """Probabilities of classes `[n, k]`, or of class 1 `[n]` for two, from log posteriors."""
    if scores.shape[1] == 2:
        return torch.sigmoid(scores[:, 1] - scores[:, 0])
    return scores.softmax(1)


def _checked(shrinkage: Shrinkage) -> Shrinkage:
    number = isinstance(shrinkage, (int, float)) and not isinstance(shrinkage, bool)
    if shrinkage in ("ledoit_wolf", None) or (number and 0 <= float(shrinkage or 0) <= 1):
        return shrinkage
    raise SpecError(f"shrinkage = {shrinkage!r} is not known", where="LDA", hint=_REMEDY)
