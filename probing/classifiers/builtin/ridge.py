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
    choice_flags,
)
from probing.classifiers.builtin.target_columns import number_columns
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.solvers.basis import Basis, Penalty, principal_basis
from probing.solvers.linear_models import Design
from probing.solvers.penalised_fit import training_blocks
from probing.solvers.ridge import ridge_inner_errors, ridge_predictions
from probing.solvers.squared_losses import Squared
from probing.solvers.strength_race import TIE, choose_strength
from probing.solvers.training_sets import TrainingSets

Choice = tuple[float, tuple[str, ...]]


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
        sets, units = number_columns(training_sets(parts, layer.features.device), layer)
        basis = principal_basis(layer.features, scaled=layer.scaled)
        n_params = sets.n_columns * (layer.features.shape[1] + 1)
        for part in training_blocks(basis, sets, 1, sets.n_inner):
            block = sets.block(part)
            penalty = basis.penalty(block.distinct_masks)
            chosen = self._chosen(basis, penalty, block)
            predictions = _predictions(basis, penalty, block, chosen)
            fits = zip(parts[part], units[part], predictions, chosen, strict=True)
            yield [_outcome(*fit, n_params) for fit in fits]

    def _chosen(self, basis: Basis, penalty: Penalty, sets: TrainingSets) -> list[Choice]:
        """The strength of each training and what must be said of it.

        A brief race settles most; where the inner problems are badly conditioned, the closed form
        does, which is slower on the others.
        """
        if self.alpha is not None:
            return [(self.alpha, ())] * sets.n_trainings
        weakest_last = alpha_grid().to(basis.Z.device).flip(0)
        design = Design.of(basis, penalty)
        choice = choose_strength(design, Squared(), sets, 1 / weakest_last, brief=True)
        places = choice.strength[:: sets.n_columns].tolist()
        solved = choice.converged.view(sets.n_trainings, -1).all(1).tolist()
        for training, is_solved in enumerate(solved):
            if not is_solved:
                places[training] = _exact_place(basis, penalty, sets, training, weakest_last)
        ends = (0, len(weakest_last) - 1)
        return [(float(weakest_last[at]), choice_flags("alpha", at in ends, True)) for at in places]


def _exact_place(
    basis: Basis, penalty: Penalty, sets: TrainingSets, training: int, weakest_last: Tensor
) -> int:
    """The place of the least inner error, of equal ones that of the strongest penalty."""
    one = sets.block(slice(training, training + 1))
    X = penalty.own_features(basis, training)
    errors = ridge_inner_errors(X, one.targets.T.to(X.dtype), one.inner[0], weakest_last)
    return int((errors <= errors.min() * (1 + TIE)).to(torch.uint8).argmax())


def _predictions(
    basis: Basis, penalty: Penalty, sets: TrainingSets, chosen: list[Choice]
) -> Iterator[Tensor]:
    for at, (alpha, _) in enumerate(chosen):
        one = sets.block(slice(at, at + 1))
        X = penalty.own_features(basis, at)
        yield ridge_predictions(X, one.targets.T, one.masks[0], alpha)


def _outcome(
    part: Training, unit: Tensor, predictions: Tensor, choice: Choice, n_params: int
) -> Outcome:
    scores = predictions * unit[1] + unit[0]
    scores = scores[:, 0] if scores.shape[1] == 1 else scores
    alpha, flags = choice
    return Outcome(part, scored_rows(part, scores), n_params, chosen={"alpha": alpha}, flags=flags)
