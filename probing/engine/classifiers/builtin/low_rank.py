"""Linear probes of several classes or numbers that see the features through r directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.full_rank import FullRank, Strength, place
from probing.engine.classifiers.builtin.families.joint_targets import (
    complete,
    joint_columns,
    n_targets,
)
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.one_set_at_a_time import FoldData, fold_data
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.families.training_parts import Training, scored_rows
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.solvers.low_rank.multinomial import fit_low_rank
from probing.engine.solvers.low_rank.reduced_rank import reduced_rank
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.errors import SpecError

LOSSES = ("logistic", "squared")
USUAL_RANK = 2
_FIRST_ALPHA = 1.0  # of the regression that the logistic fit begins with
_CODED = 2.0  # from class to rest in the targets of `Ridge`, -1 and 1


class LowRank(LayerwiseClassifier):
    """Limit the weights of all classes, or of all targets, to rank `rank`.

    They read `rank` directions. `squared` is reduced-rank ridge regression on class indicators,
    which has a closed form, `logistic` minimises `C Σ log loss + |W|²/2` from its solution. Numbers
    that were asked for together are the columns of one reduced-rank ridge regression. `C` and
    `alpha` are those given, else those that inner folds choose at full rank, as
    `LogisticRegression` and `Ridge` do. Without a `rank` it is 2.
    """

    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("multiclass", "regression")

    def __init__(
        self,
        rank: int | None = None,
        loss: str = "logistic",
        C: float | None = None,
        alpha: float | None = None,
    ) -> None:
        check_counts("LowRank", rank=USUAL_RANK if rank is None else rank)
        if loss not in LOSSES:
            what = f"loss = {loss!r} must be {' or '.join(map(repr, LOSSES))}"
            raise SpecError(what, where="LowRank")
        check_positive("LowRank", C=C, alpha=alpha)
        self.rank, self.loss, self.C, self.alpha = rank, loss, C, alpha

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        whole = complete(part)
        why = self._full(block.task).classifier.unfit(block, whole)
        if why is None or whole is part:
            return why
        said = f"{len(whole.texts.train):,} of {len(part.texts.train):,} training rows"
        return f"{why} among the {said} that have all {n_targets(part)} targets"

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome | Failure]]:
        """Choose the strengths of all training sets together, then fit one after another."""
        parts = [complete(part) for part in parts]
        strengths = self._full(layer.task).strengths(layer, parts)
        fitted = self._of_numbers if layer.task == "regression" else self._of_classes
        for data in fold_data(layer, parts):
            yield [fitted(data, strengths[place(data.part)])]

    def _full(self, task: str) -> FullRank:
        """What it is with all directions."""
        if task == "regression":
            return FullRank(_JointRidge(self.alpha), "alpha", self.alpha)
        if self.loss == "logistic":
            return FullRank(LogisticRegression(self.C), "C", self.C)
        return FullRank(Ridge(self.alpha), "alpha", self.alpha)

    def _within(self, most: int, told: str, A: Tensor) -> tuple[int, tuple[str, ...]]:
        """The rank that weights of so many columns can have, and a flag where it is asked for
        more."""
        asked = self.rank or USUAL_RANK
        rank = min(asked, most, *A.shape)
        return rank, () if rank == asked else (f"rank {rank} is the largest of {told}",)

    def _of_classes(self, data: FoldData, strength: Strength) -> Outcome:
        n_classes = data.layer.n_classes
        X, y = data.X.whole, data.targets[data.training].long()
        A, Y = X[data.training], one_hot(y, n_classes).double()
        rank, flags = self._within(n_classes - 1, f"{n_classes} classes", A)
        flags = (*strength[1], *flags)
        is_logistic = self.loss == "logistic"
        alpha = _FIRST_ALPHA if is_logistic else strength[0]
        U, V = reduced_rank(A, Y - Y.mean(0), alpha, rank)
        if is_logistic:
            fit = fit_low_rank(A, y, strength[0], (U, V))
            logits, measures = fit.logits(X), {"gradient_norm": fit.gradient}
            flags = flags if fit.converged else (*flags, "not converged")
            scores = class_log_odds(logits)
        else:
            logits, measures = X @ U @ V.T + Y.mean(0), {}
            scores = _CODED * logits - 1
        return Outcome(
            training=data.part,
            scores=scored_rows(data.part, scores),
            n_params=rank * (X.shape[1] + n_classes) + n_classes,
            probabilities=is_logistic,
            chosen={"rank": float(rank), "C" if is_logistic else "alpha": strength[0], **measures},
            flags=flags,
            linear=logits,
        )

    def _of_numbers(self, data: FoldData, strength: Strength) -> Outcome:
        """The scores are those of the training's own target, the first of the columns."""
        X, part = data.X.whole, data.part
        columns, units = joint_columns([part], X.device)
        A, Y, n_columns = X[data.training], columns.targets[:, data.training].T, columns.n_columns
        told = f"{n_columns} target{'s' if n_columns > 1 else ''}"
        rank, flags = self._within(n_columns, told, A)
        U, V = reduced_rank(A, Y, strength[0], rank)
        linear = X @ U @ V[:1].T * units[0, 1]
        return Outcome(
            training=part,
            scores=scored_rows(part, linear[:, 0] + units[0, 0]),
            n_params=rank * (X.shape[1] + n_columns) + n_columns,
            chosen={"rank": float(rank), "alpha": strength[0]},
            flags=(*strength[1], *flags),
            linear=linear,
        )


class _JointRidge(Ridge):
    """Ridge regression on the targets that were asked for together, with one strength for all."""

    def columns(self, layer: Layer, parts: Sequence[Training]) -> tuple[TrainingSets, Tensor]:
        """The columns of all targets; the scores stay in their units."""
        columns, _ = joint_columns(parts, layer.features.device)
        as_they_are = torch.tensor([[0.0, 1.0]], dtype=torch.float64, device=columns.inner.device)
        return columns, as_they_are.repeat(len(parts), 1)
