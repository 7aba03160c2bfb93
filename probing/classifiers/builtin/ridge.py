"""Ridge regression, and classification by regression on ±1 targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from probing.blocks import Block
from probing.classifiers.builtin.layerwise import Layer, LayerwiseClassifier, Outcome
from probing.classifiers.builtin.strengths import (
    alpha_grid,
    cannot_choose,
    check_positive,
    edge_flag,
)
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.solvers.own_features import OwnFeatures
from probing.solvers.ridge import RidgeFit, fit_ridge


class Ridge(LayerwiseClassifier):
    """Minimise `Σ |y - w·x - c|² + alpha |w|²`, with a free intercept.

    Two classes are the targets -1 and 1; more are one such column each, the largest prediction
    deciding. Without a given `alpha` it is the one of logspace(-3, 6), 10 values, with the
    least squared error over the inner folds.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, alpha: float | None = None) -> None:
        check_positive("Ridge", alpha=alpha)
        self.alpha = alpha

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        undecided = cannot_choose(part, "alpha") if self.alpha is None else None
        return super().unfit(block, part) or undecided

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Solve each training set in closed form."""
        sets = training_sets(parts, layer.features.device)
        features = OwnFeatures(layer.features, sets.masks, scaled=layer.scaled)
        alphas = alpha_grid(self.alpha).to(layer.features.device)
        for at, part in enumerate(parts):
            Y = target_columns(sets.targets[at], layer)
            fit = fit_ridge(features.of(at), Y, sets.inner[at], alphas)
            yield [ridge_outcome(part, fit, Y.shape[1] * (layer.features.shape[1] + 1))]


def target_columns(targets: Tensor, layer: Layer) -> Tensor:
    """Targets as regression columns `[n, k]`: numbers, ±1, or ±1 for each class."""
    if layer.task == "regression":
        return targets.to(torch.float64).unsqueeze(1)
    if layer.task == "binary":
        return (2.0 * targets.to(torch.float64) - 1).unsqueeze(1)
    return 2.0 * torch.nn.functional.one_hot(targets, layer.n_classes).to(torch.float64) - 1


def ridge_outcome(part: Training, fit: RidgeFit, n_params: int) -> Outcome:
    """The outcome of one training: predictions as scores."""
    predictions = fit.predictions
    return Outcome(
        training=part,
        scores=scored_rows(part, predictions[:, 0] if predictions.shape[1] == 1 else predictions),
        n_params=n_params,
        chosen={"alpha": fit.alpha},
        flags=(edge_flag("alpha"),) if fit.at_edge else (),
    )
