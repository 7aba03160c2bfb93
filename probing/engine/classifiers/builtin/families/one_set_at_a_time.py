"""Classifiers that fit one training set after another, on features scaled by its rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.training_parts import Training, training_sets
from probing.engine.solvers.rows.scaling import subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows


@dataclass(frozen=True)
class FoldData:
    """One training set of a layer.

    `X` `[n, d]` are all rows, centred and scaled by the training rows; `targets`, `training`
    (a mask) and `inner` (inner fold or -1) are `[n]`.
    """

    part: Training
    layer: Layer
    X: Rows
    targets: Tensor
    training: Tensor
    inner: Tensor


class FoldwiseClassifier(LayerwiseClassifier):
    """A classifier that fits the training sets of a layer one after another."""

    @abstractmethod
    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Fit one training set."""

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome | Failure]]:
        """The moments of all training sets at once, then one fit after another."""
        for data in fold_data(layer, parts):
            yield [self.fit_fold(data)]


def fold_data(layer: Layer, parts: Sequence[Training]) -> Iterator[FoldData]:
    """The training sets of a layer, one after another."""
    sets = training_sets(parts, layer.features.device)
    X = layer.rows
    moments = subset_moments(X, sets.masks)
    for at, part in enumerate(parts):
        own = X.about(moments.mean[at], moments.deviation[at] if layer.scaled else None)
        of_set = sets.targets[at], sets.masks[at], sets.inner[at]
        yield FoldData(part, layer, own, *of_set)
