"""Classifiers that use only the means and variances of each class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Outcome
from probing.engine.classifiers.builtin.families.training_parts import (
    Training,
    scored_rows,
    training_sets,
)
from probing.engine.solvers.discriminant.class_means import (
    ClassMoments,
    class_moments,
    moment_blocks,
)
from probing.engine.solvers.rows.streamed_rows import Rows


class MeansClassifier(LayerwiseClassifier):
    """All trainings of a layer from the products that give the moments of their classes."""

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")
    probabilities: bool = False

    def __init__(self) -> None:
        pass

    def is_linear(self, n_classes: int) -> bool:
        """Whether the scores are linear in the features."""
        return False

    @abstractmethod
    def n_params(self, n_classes: int, d: int) -> int:
        """The number of fitted numbers."""

    @abstractmethod
    def scores(self, X: Rows, moments: ClassMoments) -> Tensor:
        """Scores `[g, n]` or `[g, n, k]` of all rows of `X` `[n, d]`."""

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Moments and scores of many trainings at once."""
        sets = training_sets(parts, layer.features.device)
        X = layer.rows
        n_params = self.n_params(layer.n_classes, X.shape[1])
        for block in moment_blocks(X, len(parts), layer.n_classes):
            moments = class_moments(X, sets.block(block), layer.n_classes, scaled=layer.scaled)
            scores = self.scores(X, moments)
            yield [
                Outcome(
                    part,
                    scored_rows(part, own),
                    n_params,
                    self.probabilities,
                    linear=own.view(len(own), -1) if self.is_linear(layer.n_classes) else None,
                )
                for part, own in zip(parts[block], scores, strict=True)
            ]
