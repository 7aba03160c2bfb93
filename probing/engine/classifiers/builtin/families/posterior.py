"""Classifiers that compare the log posteriors of Gaussian classes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome, contrasts
from probing.engine.classifiers.builtin.families.training_parts import (
    Training,
    scored_rows,
    training_sets,
)
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets


class PosteriorClassifier(LayerwiseClassifier):
    """All trainings of a layer from the class means and scatters they share."""

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")
    is_linear: ClassVar[bool] = False

    @abstractmethod
    def lack(self, part: Training, n_classes: int, d: int) -> str | None:
        """Why a training has too few rows for `d` features, or None."""

    @abstractmethod
    def n_params(self, n_classes: int, d: int) -> int:
        """The number of fitted numbers."""

    @abstractmethod
    def log_posteriors(
        self, X: Rows, sets: TrainingSets, layer: Layer
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Places of training sets, and `[b, k, n]` for all rows of `X` but for a constant."""

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[Sequence[Outcome | Failure]]:
        """Fit the trainings that have rows enough together."""
        k, d = layer.n_classes, layer.features.shape[1]
        lacks = [(part, self.lack(part, k, d)) for part in parts]
        yield [Failure(part, reason) for part, reason in lacks if reason]
        sound = [part for part, reason in lacks if not reason]
        if not sound:
            return
        X = layer.rows
        sets, n_params = training_sets(sound, X.device), self.n_params(k, d)
        for places, scores in self.log_posteriors(X, sets, layer):
            yield [
                Outcome(
                    training=sound[at],
                    scores=class_log_odds(scored_rows(sound[at], own.T)),
                    n_params=n_params,
                    probabilities=True,
                    linear=contrasts(own.T) if self.is_linear else None,
                )
                for at, own in zip(places, scores, strict=True)
            ]
