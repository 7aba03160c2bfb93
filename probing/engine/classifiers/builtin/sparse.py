"""Linear classifiers with an L1 or elastic net penalty, which use few features."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.outcomes import Outcome
from probing.engine.classifiers.builtin.families.strength_grids import (
    c_values,
    cannot_choose,
    check_counts,
    check_positive,
    choice_flags,
    one_class_inside,
)
from probing.engine.classifiers.builtin.families.target_columns import in_units, plain_units
from probing.engine.classifiers.builtin.families.training_parts import (
    Training,
    scored_rows,
    trained_rows,
    training_sets,
)
from probing.engine.solvers.penalised.losses import Bernoulli, Loss, Softmax
from probing.engine.solvers.penalised.squared_losses import Squared
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.sparse.fit import SparseFit, fit_sparse
from probing.engine.solvers.sparse.strength_choice import ElasticNetPenalty
from probing.errors import SpecError


class SparseClassifier(LayerwiseClassifier):
    """All trainings of a layer in one batch, or in as few as memory allows.

    `chosen` tells `n_nonzero`, the features whose weights are not all zero, and `violation`, by
    how much the optimality conditions are missed as a share of the loss's gradient: above
    1e-6 the fit is flagged as not converged.
    """

    streams: ClassVar[bool] = False
    chooses: ClassVar[bool] = True
    strength_name: ClassVar[str]
    probabilities: ClassVar[bool] = False
    l1_ratio: float

    @abstractmethod
    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """The loss for the task of a layer, and its number of logits."""

    @abstractmethod
    def penalty(self) -> tuple[ElasticNetPenalty, Tensor]:
        """The penalty, and the strengths of the loss to choose from, weakest penalty last."""

    def targets(self, sets: TrainingSets) -> tuple[TrainingSets, Tensor]:
        """The targets as the loss wants them; mean and unit of each training's scores."""
        return sets, plain_units(sets)

    def strength(self, of_loss: float) -> float:
        """The strength as it is called, of that of the loss."""
        return of_loss

    def scores(self, logits: Tensor) -> Tensor:
        """Scores `[n]` or `[n, k]` of logits `[k, n]`."""
        return logits[0]

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        given = getattr(self, self.strength_name) is not None
        undecided = None if given else cannot_choose(part, self.strength_name)
        return super().unfit(block, part) or undecided

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Fit in the features themselves."""
        loss, n_logits = self.loss(layer)
        penalty, strengths = self.penalty()
        X = layer.features
        sets, units = self.targets(training_sets(parts, X.device))
        given = (loss, n_logits, sets, penalty, strengths.to(X.device))
        for fit in fit_sparse(X, *given, scaled=layer.scaled, holds_out=layer.holds_out):
            n_params = n_logits * (X.shape[1] + 1)
            own = [parts[at] for at in fit.trainings]
            yield self._outcomes(fit, own, units[fit.trainings], n_params)

    def _outcomes(
        self, fit: SparseFit, parts: Sequence[Training], units: Tensor, n_params: int
    ) -> list[Outcome]:
        strengths = [self.strength(one) for one in fit.strength.tolist()]
        violation, n_nonzero = fit.violation.tolist(), fit.is_used.sum(1).tolist()
        name = self.strength_name
        return [
            Outcome(
                training=part,
                scores=scored_rows(part, self.scores(fit.logits[at]) * units[at, 1] + units[at, 0]),
                n_params=n_params,
                probabilities=self.probabilities,
                chosen={
                    name: strengths[at],
                    "n_nonzero": float(n_nonzero[at]),
                    "violation": violation[at],
                },
                flags=choice_flags(name, bool(fit.at_edge[at]), bool(fit.converged[at])),
                held_out=self._held_out(fit, at, part, units[at]),
                linear=fit.logits[at].T,
                in_span=False,
                support=fit.is_used[at].nonzero().flatten(),
            )
            for at, part in enumerate(parts)
        ]

    def _held_out(self, fit: SparseFit, at: int, part: Training, unit: Tensor) -> Tensor | None:
        if fit.held_out is None:
            return None
        return trained_rows(part, self.scores(fit.held_out[at])) * unit[1] + unit[0]


class SparseLogistic(SparseClassifier):
    """Minimise `C Σ log loss + l1_ratio |w|₁ + (1 - l1_ratio)/2 |w|²`, with a free intercept.

    scikit-learn's `LogisticRegression` of the same `C` and `l1_ratio`: 1 is the L1 penalty, less
    an elastic net. One logit for two classes, multinomial for more. Without a given `C` it is
    the one of `Cs` values, logspace(-4, 4), with the least log loss over the inner folds.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")
    strength_name = "C"
    probabilities = True

    def __init__(self, C: float | None = None, l1_ratio: float = 1.0, Cs: int = 10) -> None:
        check_positive("SparseLogistic", C=C)
        check_counts("SparseLogistic", Cs=Cs)
        _check_ratio("SparseLogistic", l1_ratio, "LogisticRegression")
        self.C, self.l1_ratio, self.Cs = C, l1_ratio, Cs

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        unbounded = one_class_inside(part, "C") if self.C is None else None
        return super().unfit(block, part) or unbounded

    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """The log loss of one logit, or of one for each class."""
        if layer.task == "binary":
            return Bernoulli(), 1
        return Softmax(layer.n_classes), layer.n_classes

    def penalty(self) -> tuple[ElasticNetPenalty, Tensor]:
        """Beside C times the sum of the loss."""
        return ElasticNetPenalty(self.l1_ratio, summed=True), c_values(self.C, self.Cs)

    def scores(self, logits: Tensor) -> Tensor:
        """Log odds, of class 1 or of each class against the rest."""
        return logits[0] if len(logits) == 1 else class_log_odds(logits.T)


class ElasticNet(SparseClassifier):
    """Minimise `mean (y - w·x - c)²/2 + alpha (l1_ratio |w|₁ + (1 - l1_ratio)/2 |w|²)`.

    scikit-learn's `ElasticNet` (`Lasso` for an `l1_ratio` of 1), for targets in units of their
    deviation in the training part. Without a given `alpha` it is the one of `alphas` values,
    logspace(-4, 0), with the least squared error over the inner folds.
    """

    tasks: ClassVar[tuple[str, ...]] = ("regression",)
    strength_name = "alpha"

    def __init__(self, alpha: float | None = None, l1_ratio: float = 0.5, alphas: int = 9) -> None:
        check_positive("ElasticNet", alpha=alpha)
        check_counts("ElasticNet", alphas=alphas)
        _check_ratio("ElasticNet", l1_ratio, "Ridge")
        self.alpha, self.l1_ratio, self.alphas = alpha, l1_ratio, alphas

    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """Half the squared error."""
        return Squared(), 1

    def penalty(self) -> tuple[ElasticNetPenalty, Tensor]:
        """Beside the mean of the loss over alpha."""
        inverse = torch.logspace(0, 4, self.alphas, dtype=torch.float64)
        given = None if self.alpha is None else torch.tensor([1 / self.alpha], dtype=inverse.dtype)
        return ElasticNetPenalty(self.l1_ratio, summed=False), inverse if given is None else given

    def targets(self, sets: TrainingSets) -> tuple[TrainingSets, Tensor]:
        """In units of their deviation."""
        return in_units(sets)

    def strength(self, of_loss: float) -> float:
        """alpha, its inverse."""
        return 1 / of_loss


def _check_ratio(classifier: str, l1_ratio: float, without: str) -> None:
    number = isinstance(l1_ratio, (int, float)) and not isinstance(l1_ratio, bool)
    if not (number and 0 < l1_ratio <= 1):
        raise SpecError(
            f"l1_ratio = {l1_ratio!r} must be above 0 and at most 1",
            where=classifier,
            hint=f"use {without} for an L2 penalty",
        )
