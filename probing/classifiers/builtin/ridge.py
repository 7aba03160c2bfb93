"""Ridge regression, and classification by regression on ±1 targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from probing.blocks import Block
from probing.classifiers.builtin.layerwise import Layer, LayerwiseClassifier, Outcome
from probing.classifiers.builtin.penalised import in_units
from probing.classifiers.builtin.strengths import (
    UNCONVERGED,
    alpha_grid,
    cannot_choose,
    check_positive,
    edge_flag,
)
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.solvers.basis import Basis, Penalty, principal_basis
from probing.solvers.linear_models import Design
from probing.solvers.losses import Loss
from probing.solvers.penalised_fit import set_blocks
from probing.solvers.ridge import ridge_predictions
from probing.solvers.squared_losses import Squared, SquaredSigns, signs
from probing.solvers.strength_race import choose_strength
from probing.solvers.training_sets import TrainingSets


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
        """Choose every strength together, then solve each training set in closed form."""
        sets = training_sets(parts, layer.features.device)
        basis = principal_basis(layer.features, scaled=layer.scaled)
        alphas = alpha_grid(self.alpha).to(layer.features.device)
        n_params = _n_columns(layer) * (layer.features.shape[1] + 1)
        for part in set_blocks(basis, sets, _n_columns(layer)):
            block = sets.block(part)
            penalty = basis.penalty(block.masks)
            chosen = _choose(Design.of(basis, penalty), block, alphas, layer)
            yield [
                _outcome(one, scores, n_params, *choice)
                for one, scores, choice in zip(
                    parts[part], _predictions(basis, penalty, block, chosen, layer), chosen,
                    strict=True,
                )
            ]


Choice = tuple[float, tuple[str, ...]]


def _choose(
    design: Design, sets: TrainingSets, alphas: Tensor, layer: Layer
) -> list[Choice]:
    """The strength of each training set and what must be said of it."""
    if len(alphas) == 1:
        return [(float(alphas[0]), ())] * len(sets)
    weakest_last = alphas.flip(0)
    columns = _n_columns(layer)
    loss: Loss = Squared() if layer.task == "regression" else SquaredSigns(columns)
    in_deviations, _ = in_units(sets, layer.task)
    choice = choose_strength(design, loss, in_deviations, 1 / weakest_last)
    return [
        (float(weakest_last[at]), _flags(bool(edge), bool(converged)))
        for at, edge, converged in zip(
            choice.strength.tolist(), choice.at_edge, choice.converged, strict=True
        )
    ]


def _flags(at_edge: bool, converged: bool) -> tuple[str, ...]:
    edge = (edge_flag("alpha"),) if at_edge else ()
    return edge if converged else (*edge, UNCONVERGED)


def _n_columns(layer: Layer) -> int:
    return layer.n_classes if layer.task == "multiclass" else 1


def _predictions(
    basis: Basis, penalty: Penalty, sets: TrainingSets, chosen: list[Choice], layer: Layer
) -> Iterator[Tensor]:
    for at, (alpha, _) in enumerate(chosen):
        targets = sets.targets[at : at + 1]
        if layer.task == "regression":
            Y = targets.to(torch.float64)
        else:
            Y = signs(targets, _n_columns(layer), torch.float64)[0]
        yield ridge_predictions(penalty.own_features(basis, at), Y.T, sets.masks[at], alpha)


def _outcome(
    part: Training, predictions: Tensor, n_params: int, alpha: float, flags: tuple[str, ...]
) -> Outcome:
    scores = predictions[:, 0] if predictions.shape[1] == 1 else predictions
    return Outcome(part, scored_rows(part, scores), n_params, chosen={"alpha": alpha}, flags=flags)
