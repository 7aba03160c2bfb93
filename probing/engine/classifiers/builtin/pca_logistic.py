"""Logistic or ridge regression on the principal components of the training rows."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.layer_by_layer import LayerwiseClassifier
from probing.engine.classifiers.builtin.families.one_set_at_a_time import (
    FoldData,
    FoldwiseClassifier,
)
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.training_parts import Training
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.solvers.rows.principal_axes import principal_axes
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.errors import SpecError


class PCALogistic(FoldwiseClassifier):
    """Keep `n_components` principal components of the training rows, then fit on those.

    Classes are fitted by `LogisticRegression`, numbers by `Ridge`, with their strengths chosen
    by the inner folds. With fewer training rows or features than that, all components stay.
    """

    chooses: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, n_components: int = 50) -> None:
        whole = isinstance(n_components, int) and not isinstance(n_components, bool)
        if not whole or n_components < 1:
            what = f"n_components = {n_components!r} must be a whole number of at least 1"
            raise SpecError(what, where="PCALogistic")
        self.n_components = n_components

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        return self._second(block.task).unfit(block, part)

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Project all rows on the components of the training rows, and fit."""
        axes = principal_axes(data.X, data.training)[1][:, -self.n_components :]
        layer = replace(data.layer, features=Rows(data.X.along(axes)), scaled=False, memo=None)
        ((outcome,),) = self._second(layer.task).fit_layer(layer, [data.part])
        if isinstance(outcome, Failure):
            return outcome
        chosen = {**outcome.chosen, "n_components": float(axes.shape[1])}
        return replace(outcome, chosen=chosen, n_params=outcome.n_params + axes.numel())

    def _second(self, task: str) -> LayerwiseClassifier:
        return Ridge() if task == "regression" else LogisticRegression()
