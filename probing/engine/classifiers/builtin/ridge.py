"""Ridge regression, and classification by regression on ±1 targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Outcome
from probing.engine.classifiers.builtin.families.strength_grids import (
    alpha_grid,
    cannot_choose,
    check_positive,
    choice_flags,
)
from probing.engine.classifiers.builtin.families.target_columns import number_columns
from probing.engine.classifiers.builtin.families.training_parts import (
    Training,
    scored_rows,
    trained_rows,
    training_sets,
)
from probing.engine.solvers.penalised.shared_rows import training_blocks
from probing.engine.solvers.penalised.squared_losses import Squared
from probing.engine.solvers.penalised.strength_choice import choose_strength
from probing.engine.solvers.ridge.closed_form import Features, ridge_predictions, scatter_pays
from probing.engine.solvers.ridge.from_scatter import ScatterRidge
from probing.engine.solvers.ridge.one_training_set import Alone, least_error
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets


class Ridge(LayerwiseClassifier):
    """Minimise `Σ |y - w·x - c|² + alpha |w|²`, with a free intercept.

    Two classes are the targets -1 and 1; more are one such column each, the largest prediction
    deciding. Without a given `alpha` it is the one of logspace(-3, 6), 10 values, with the
    least squared error over the inner folds.
    """

    chooses: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, alpha: float | None = None) -> None:
        check_positive("Ridge", alpha=alpha)
        self.alpha = alpha

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        undecided = cannot_choose(part, "alpha") if self.alpha is None else None
        return super().unfit(block, part) or undecided

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Choose every strength, or take the given one, and solve all training sets together."""
        if self.alpha is not None:
            yield from self._path([self.alpha], layer, parts)
            return
        given = _Given.of(layer, self.columns(layer, parts))
        if given.features.is_wide:
            yield from _chosen_alone(given, parts)
        elif scatter_pays(given.features, given.sets, len(alpha_grid())):
            yield from _chosen_by_scatter(given, parts)
        else:
            yield from _chosen_together(given, parts)

    def columns(self, layer: Layer, parts: Sequence[Training]) -> tuple[TrainingSets, Tensor]:
        """The targets as columns of numbers, and their units `[n_trainings, 2]`."""
        return number_columns(training_sets(parts, layer.features.device), layer)

    def fit_path(
        self, block: Block, alphas: Sequence[float]
    ) -> Iterator[tuple[int, FoldFit | FoldFailure]]:
        """Fit with every one of `alphas` together; each fit comes with the place of its alpha.

        Nothing is held out, as nothing is chosen.
        """
        check_positive("Ridge", alpha=min(alphas))
        one = Ridge(alphas[0])

        def fit_layer(layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
            return one._path(alphas, replace(layer, holds_out=False), parts)

        return one._fits(block, fit_layer, len(alphas))

    def _path(
        self, alphas: Sequence[float], layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome]]:
        given = _Given.of(layer, self.columns(layer, parts))
        yield from _path(alphas, given, parts)


@dataclass(frozen=True)
class _Given:
    """What a layer gives to solve, the units of its targets, and the parameters of one fit."""

    features: Features
    sets: TrainingSets
    units: Tensor
    n_params: int
    holds_out: bool
    directs: bool

    @staticmethod
    def of(layer: Layer, columns: tuple[TrainingSets, Tensor]) -> _Given:
        sets, units = columns
        features = Features(layer.rows, layer.scaled, lambda: layer.basis)
        n_params = sets.n_columns * (layer.features.shape[1] + 1)
        return _Given(features, sets, units, n_params, layer.holds_out, layer.directs)

    def outcome(
        self,
        at: int,
        part: Training,
        predictions: Tensor,
        alpha: float,
        *,
        strength_at: int = 0,
        flags: tuple[str, ...] = (),
        held_out: Tensor | None = None,
    ) -> Outcome:
        """The outcome of a training from its predictions and `held_out`, `[columns, n]`."""
        held = None if held_out is None else self._scores(trained_rows(part, held_out.T), at)
        return Outcome(
            training=part,
            scores=self._scores(scored_rows(part, predictions.T), at),
            n_params=self.n_params,
            chosen={"alpha": alpha},
            flags=flags,
            strength_at=strength_at,
            held_out=held,
            linear=_alone(self.features, self.sets, at)[0].linear(alpha) if self.directs else None,
        )

    def _scores(self, values: Tensor, at: int) -> Tensor:
        """Values `[n, columns]` of a training in the units of its targets."""
        scores = values * self.units[at, 1] + self.units[at, 0]
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def held_out(self, block: slice, alphas: Tensor) -> list[Tensor | None]:
        """Predictions `[columns, n]` of the training rows of some trainings with `alphas` `[t]`.

        Each is by a fit that left its inner fold out. None where they are not asked for, and for
        a training of one inner fold.
        """
        own = self.sets.block(block)
        if not self.holds_out or own.n_inner < 2:
            return [None] * len(alphas)
        each = alphas.repeat_interleave(own.n_inner)[:, None]
        found = ridge_predictions(self.features, own.inner_trainings, each)
        by_set = found[:, 0].view(own.n_trainings, own.n_inner, own.n_columns, -1).transpose(1, 2)
        held = own.held_out(by_set.flatten(0, 2))
        return list(held.view(own.n_trainings, own.n_columns, -1))


def _path(
    alphas: Sequence[float], given: _Given, parts: Sequence[Training]
) -> Iterator[list[Outcome]]:
    strengths = torch.tensor(alphas, dtype=torch.float64, device=given.units.device)
    found = ridge_predictions(given.features, given.sets, strengths.expand(len(parts), -1))
    by_training = found.view(len(parts), -1, *found.shape[1:])
    for at, alpha in enumerate(alphas):
        held_out = given.held_out(slice(0, len(parts)), strengths[at].expand(len(parts)))
        yield [
            given.outcome(
                number,
                part,
                by_training[number, :, at],
                alpha,
                strength_at=at,
                held_out=held_out[number],
            )
            for number, part in enumerate(parts)
        ]


def _chosen_together(given: _Given, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
    """A brief race settles most; where the inner problems are badly conditioned, the closed form
    does, which is slower on the others."""
    basis, sets = given.features.basis, given.sets
    weakest_last = alpha_grid().to(basis.device).flip(0)
    for block in training_blocks(basis, sets.n_trainings, sets.n_columns * sets.n_inner):
        own = sets.block(block)
        design = Design.of(basis, basis.penalty(own.distinct_masks))
        choice = choose_strength(design, Squared(), own, 1 / weakest_last, brief=True)
        places = choice.strength[:: sets.n_columns].tolist()
        solved = choice.converged.view(own.n_trainings, -1).all(1)
        for at in (~solved).nonzero().flatten().tolist():
            alone, inner = _alone(given.features, own, at)
            places[at] = least_error(alone.errors_of(alone.inner_predictions(inner, weakest_last)))
        found = ridge_predictions(given.features, own, weakest_last[places][:, None])
        predictions = found.view(own.n_trainings, -1, found.shape[2])
        held_out = given.held_out(block, weakest_last[places])
        yield [
            _chosen(given, block.start + at, part, predictions[at], weakest_last, places[at], held)
            for at, (part, held) in enumerate(zip(parts[block], held_out, strict=True))
        ]


def _chosen_by_scatter(given: _Given, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
    """Of many rows, scatter matrices give all errors."""
    features = given.features
    ridge = ScatterRidge(features.X, given.sets, scaled=features.scaled)
    weakest_last = alpha_grid().to(features.X.device).flip(0)
    for at, (part, (place, held)) in enumerate(
        zip(parts, ridge.choices(weakest_last), strict=True)
    ):
        (predictions,) = ridge.of_training(at, weakest_last[place : place + 1]).unbind(1)
        held_out = held if given.holds_out else None
        yield [_chosen(given, at, part, predictions, weakest_last, place, held_out)]


def _chosen_alone(given: _Given, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
    """With more features than rows a training set's own kernel gives all its errors."""
    X = given.features.X
    weakest_last = alpha_grid().to(X.device).flip(0)
    for at, part in enumerate(parts):
        alone, inner = _alone(given.features, given.sets, at)
        found = alone.inner_predictions(inner, weakest_last)
        place = least_error(alone.errors_of(found))
        held = found.new_zeros(given.sets.n_columns, len(X))
        held[:, alone.mask] = found[place].T
        predictions = found.new_zeros(given.sets.n_columns, len(X))
        wanted = given.sets.wanted[at * given.sets.n_columns]
        own = alone.predictions(weakest_last[place : place + 1], wanted)
        predictions[:, wanted] = own[0].T
        held_out = held if given.holds_out else None
        yield [_chosen(given, at, part, predictions, weakest_last, place, held_out)]


def _alone(features: Features, sets: TrainingSets, at: int) -> tuple[Alone, Tensor]:
    """A training set in its own coordinates, and the inner folds `[n]` of its rows."""
    one = sets.block(slice(at, at + 1))
    targets = one.targets.T.to(torch.float64)
    return Alone(features.X, one.masks[0], targets, scaled=features.scaled), one.inner[0]


def _chosen(
    given: _Given,
    at: int,
    part: Training,
    predictions: Tensor,
    alphas: Tensor,
    place: int,
    held_out: Tensor | None,
) -> Outcome:
    flags = choice_flags("alpha", place in (0, len(alphas) - 1), True)
    alpha = float(alphas[place])
    return given.outcome(at, part, predictions, alpha, flags=flags, held_out=held_out)
