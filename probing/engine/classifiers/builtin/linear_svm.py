"""Linear support vector machines: squared hinge loss, and its version for regression."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer
from probing.engine.classifiers.builtin.families.penalised import PenalisedClassifier
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.families.target_columns import number_columns
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.penalised.squared_losses import SquaredHinge, SquaredTube
from probing.engine.solvers.rows.training_sets import TrainingSets


class LinearSVM(PenalisedClassifier):
    """Minimise `C Σ max(0, 1 - y(w·x + c))² + |w|²/2`, with a free intercept.

    More than two classes are one such problem each against the rest. Numbers, in
    units of their deviation in the training part, are fitted by the squared error outside
    a tube of `epsilon`. Without a given `C` it is the one of
    `Cs` values, logspace(-4, 1), with the least loss of this kind over the inner folds: unlike
    accuracy it is smooth, so that it tells neighbouring strengths apart. Weaker penalties than
    10 take long on classes that a plane separates, and change little.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")
    weakest = 1

    def __init__(self, C: float | None = None, Cs: int = 6, epsilon: float = 0.0) -> None:
        check_positive("LinearSVM", C=C)
        check_counts("LinearSVM", Cs=Cs)
        self.C, self.Cs, self.epsilon = C, Cs, epsilon

    def loss(self, layer: Layer) -> tuple[Loss, int]:
        """The squared hinge for classes, the tube for numbers."""
        if layer.task == "regression":
            return SquaredTube(self.epsilon), 1
        return SquaredHinge(), 1

    def targets(self, sets: TrainingSets, layer: Layer) -> tuple[TrainingSets, Tensor]:
        """-1 and 1, or numbers in units of their deviation."""
        return number_columns(sets, layer)

    def scores(self, logits: Tensor) -> Tensor:
        """The signed distances from the margins' middle, in units of half their width."""
        return logits[0] if len(logits) == 1 else logits.T
