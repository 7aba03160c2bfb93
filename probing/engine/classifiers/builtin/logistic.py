"""Logistic regression with an L2 penalty; C is chosen inside the training part."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.penalised import PenalisedClassifier
from probing.engine.classifiers.builtin.families.strength_grids import (
    check_counts,
    check_positive,
    one_class_inside,
)
from probing.engine.classifiers.builtin.families.training_parts import Training
from probing.engine.solvers.penalised.losses import Bernoulli, Loss, Softmax
from probing.engine.solvers.rows.training_sets import TrainingSets


class LogisticRegression(PenalisedClassifier):
    """Minimise `C Σ log loss + |w|²/2`, scikit-learn's objective, with a free intercept.

    One logit for two classes, multinomial for more. Without a given `C` it is the one of `Cs`
    values, logspace(-4, 4), with the least log loss over the inner folds.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")
    probabilities = True

    def __init__(self, C: float | None = None, Cs: int = 10) -> None:
        check_positive("LogisticRegression", C=C)
        check_counts("LogisticRegression", Cs=Cs)
        self.C, self.Cs = C, Cs

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        unbounded = one_class_inside(part, "C") if self.C is None else None
        return super().unfit(block, part) or unbounded

    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """The log loss of one logit, or of one for each class."""
        if layer.task == "binary":
            return Bernoulli(), 1
        return Softmax(layer.n_classes), layer.n_classes

    def targets(self, sets: TrainingSets, layer: Layer) -> tuple[TrainingSets, Tensor]:
        """Of two classes as numbers, which the log loss of one logit calculates with."""
        if layer.task == "binary":
            sets = replace(sets, targets=sets.targets.to(torch.float64))
        return super().targets(sets, layer)

    def scores(self, logits: Tensor) -> Tensor:
        """Log odds, of class 1 or of each class against the rest."""
        return logits[0] if len(logits) == 1 else class_log_odds(logits.T)
