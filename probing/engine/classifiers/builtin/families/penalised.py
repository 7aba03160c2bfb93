"""Classifiers that minimise `C Σ loss + |w|²/2`: they differ in the loss and in the scores."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Outcome
from probing.engine.classifiers.builtin.families.strength_grids import (
    c_values,
    cannot_choose,
    check_positive,
    choice_flags,
)
from probing.engine.classifiers.builtin.families.target_columns import plain_units
from probing.engine.classifiers.builtin.families.training_parts import (
    Training,
    scored_rows,
    trained_rows,
    training_sets,
)
from probing.engine.solvers.penalised.fit import PenalisedFit, fit_path, fit_penalised
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.training_sets import TrainingSets


@dataclass(frozen=True)
class _Given:
    """What a layer gives to solve, the units of its targets, and the parameters of one fit."""

    problem: tuple[Basis, Loss, int, TrainingSets]
    units: Tensor
    n_params: int


class PenalisedClassifier(LayerwiseClassifier):
    """All trainings of a layer in one batch, or in as few as memory allows.

    Subclasses set `C`, or None to choose it by the inner folds among `Cs` values up to
    ten to the power of `weakest`.
    """

    chooses: ClassVar[bool] = True
    C: float | None
    Cs: int
    weakest: int = 4
    probabilities: bool = False

    @abstractmethod
    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """The loss for the task of a layer, and its number of logits."""

    def targets(self, sets: TrainingSets, layer: Layer) -> tuple[TrainingSets, Tensor]:
        """The targets as the loss wants them; mean and unit of each training's scores."""
        return sets, plain_units(sets)

    @abstractmethod
    def scores(self, logits: Tensor) -> Tensor:
        """Scores `[n]` or `[n, k]` of logits `[k, n]`."""

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        undecided = cannot_choose(part, "C") if self.C is None else None
        return super().unfit(block, part) or undecided

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Fit in the principal coordinates of the layer."""
        strengths = c_values(self.C, self.Cs, self.weakest).to(layer.features.device)
        given = self._given(layer, parts)
        fits = fit_penalised(*given.problem, strengths, holds_out=layer.holds_out)
        yield from self._outcomes(fits, given, parts)

    def fit_path(
        self, block: Block, Cs: Sequence[float], tol: float = 0.0
    ) -> Iterator[tuple[int, FoldFit | FoldFailure]]:
        """Fit with every one of `Cs` together; each fit comes with the place of its C.

        `tol` 0 is exact; another ends where no entry of the gradient of the mean loss is larger,
        as scikit-learn's `tol` does.
        """
        check_positive(type(self).__name__, C=min(Cs))
        one = copy.copy(self)
        one.C = Cs[0]
        strengths = torch.tensor(Cs, dtype=torch.float64, device=block.device)

        def fit_layer(layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
            given = one._given(layer, parts)
            fits = fit_path(*given.problem, strengths, tol)
            yield from one._outcomes(fits, given, parts)

        return one._fits(block, fit_layer, len(Cs))

    def _given(self, layer: Layer, parts: Sequence[Training]) -> _Given:
        loss, n_logits = self.loss(layer)
        sets, units = self.targets(training_sets(parts, layer.features.device), layer)
        n_params = n_logits * sets.n_columns * (layer.features.shape[1] + 1)
        return _Given((layer.basis, loss, n_logits, sets), units, n_params)

    def _outcomes(
        self, fits: Iterator[PenalisedFit], given: _Given, parts: Sequence[Training]
    ) -> Iterator[list[Outcome]]:
        for fit in fits:
            own = [parts[at] for at in fit.trainings.tolist()]
            yield self.outcomes(fit, own, given.units[fit.trainings], given.n_params)

    def outcomes(
        self, fits: PenalisedFit, parts: Sequence[Training], units: Tensor, n_params: int
    ) -> list[Outcome]:
        """One outcome for each fit of a block."""
        C, gradient = fits.C.tolist(), fits.gradient.tolist()
        return [
            Outcome(
                training=part,
                scores=scored_rows(
                    part, self.scores(fits.logits[at]) * units[at, 1] + units[at, 0]
                ),
                n_params=n_params,
                probabilities=self.probabilities,
                chosen={"C": C[at], "gradient_norm": gradient[at]},
                strength_at=fits.strength_at,
                held_out=self._held_out(fits, at, part, units[at]),
                linear=fits.logits[at].T,
                flags=choice_flags("C", bool(fits.at_edge[at]), bool(fits.converged[at])),
            )
            for at, part in enumerate(parts)
        ]

    def _held_out(self, fits: PenalisedFit, at: int, part: Training, unit: Tensor) -> Tensor | None:
        if fits.held_out is None:
            return None
        return trained_rows(part, self.scores(fits.held_out[at])) * unit[1] + unit[0]
