"""Difference of class means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from torch import Tensor

from probing.classifiers.builtin.layerwise import Layer, LayerwiseClassifier, Outcome
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.solvers.basis import standardised
from probing.solvers.class_means import class_means, closeness
from probing.solvers.memory import blocks
from probing.solvers.scaling import subset_moments


class MassMean(LayerwiseClassifier):
    """Project on the difference of the class means, deciding at their midpoint.

    The score of two classes is `(m1 - m0)·x` less its value at the midpoint. With more classes
    each has the score `m·x - |m|²/2` about the training mean, whose differences are those
    projections, so that the nearest mean decides. Marks and Tegmark, The Geometry of Truth,
    arXiv:2310.06824.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self) -> None:
        pass

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """All trainings from one product for the means and one for the scores."""
        sets = training_sets(parts, layer.features.device)
        X = standardised(layer.features, scaled=layer.scaled)
        bytes_each = 3 * layer.n_classes * len(X) * X.element_size()
        n_params = (layer.n_classes - (layer.task == "binary")) * (X.shape[1] + 1)
        for part in blocks(len(parts), bytes_each, X.device):
            block = sets.block(part)
            means = class_means(X, block, layer.n_classes)
            moments = subset_moments(X, block.masks)
            scores = closeness(X, means, moments, scaled=layer.scaled)
            yield [
                Outcome(one, scored_rows(one, _scores(scores[at])), n_params)
                for at, one in enumerate(parts[part])
            ]


def _scores(closeness: Tensor) -> Tensor:
    return closeness[1] - closeness[0] if len(closeness) == 2 else closeness.T
