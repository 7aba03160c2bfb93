"""Classifiers trained by gradient descent: one layer, and one with a hidden layer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.bases.decisions import Scores
from probing.engine.classifiers.bases.feature_arrays import SampleSet
from probing.engine.classifiers.bases.multi_step import MultiStepOpt
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.users.block_fits import Looped
from probing.engine.metrics import class_log_odds, probabilities_of
from probing.errors import CellError


class Network(MultiStepOpt):
    """Linear layers with rectified units between them, trained by AdamW.

    Log loss for classes, whose scores are log odds; for numbers the squared error, in units of
    their training deviation.
    """

    least_per_class: ClassVar[int] = 2

    def __init__(
        self,
        input_size: int,
        n_outputs: int,
        widths: tuple[int, ...],
        max_epoch: int,
        batch_size: int,
        learning_rate: float,
        weight_decay: float,
        patience: int,
    ) -> None:
        super().__init__(batch_size, max_epoch)
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.patience = patience
        pairs = itertools.pairwise((input_size, *widths, n_outputs))
        layers = [part for a, b in pairs for part in (nn.Linear(a, b), nn.ReLU())]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, X: Tensor) -> Tensor:
        """Outputs `[n, n_outputs]`."""
        out: Tensor = self.layers(X)
        return out

    def init_optimizer(self, classification: bool) -> None:
        """AdamW. Loshchilov and Hutter, arXiv:1711.05101."""
        rate, decay = self.learning_rate or 0.0, self.weight_decay
        self.optimizer = torch.optim.AdamW(self.parameters(), lr=rate, weight_decay=decay)

    def decide(self, testset: SampleSet) -> NDArray[np.int64]:
        """The most probable class."""
        scores = self._scores(testset)
        decision = scores.argmax(1) if scores.ndim > 1 else scores > 0
        return decision.astype(np.int64)

    def _probabilities(self, testset: SampleSet) -> Scores | None:
        """Those of its log odds."""
        return probabilities_of(self._scores(testset)) if self.classification_ else None

    def _scores(self, samples: SampleSet) -> Scores:
        """Log odds, of class 1 or of each class against the rest; numbers on their scale."""
        scores = super()._scores(samples)
        return class_log_odds(scores) if scores.ndim > 1 else scores

    def _learn_scale(self, targets: NDArray[Any]) -> None:
        if not self.classification_ and np.ptp(targets) == 0:
            raise CellError("all training targets are the same number")
        super()._learn_scale(targets)


class NetworkClassifier:
    """Networks of one shape, one for each layer and training set, trained together.

    On a CPU those of one layer are, on a GPU those of many.
    """

    trains_layers: ClassVar[bool] = True
    needs_validation: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, **parameters: Any) -> None:
        for hidden in parameters["widths"]:
            check_counts(type(self).__name__, hidden=hidden)
        counts = ("max_epoch", "batch_size", "patience")
        check_counts(type(self).__name__, **{one: parameters[one] for one in counts})
        check_positive(type(self).__name__, learning_rate=parameters["learning_rate"])
        self.parameters = parameters

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        return Looped(Network, self.parameters).fit(block)


class SingleLayer(NetworkClassifier):
    """One linear layer trained by AdamW, stopped early by the validation part."""

    def __init__(
        self,
        max_epoch: int = 50,
        batch_size: int = 128,
        learning_rate: float = 1e-2,
        weight_decay: float = 1e-2,
        patience: int = 5,
    ) -> None:
        self.max_epoch, self.batch_size, self.patience = max_epoch, batch_size, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        super().__init__(widths=(), **vars(self))


class MLP(NetworkClassifier):
    """One hidden layer of rectified units trained by AdamW, stopped by the validation part."""

    def __init__(
        self,
        hidden: int = 64,
        max_epoch: int = 50,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        patience: int = 5,
    ) -> None:
        self.max_epoch, self.batch_size, self.patience = max_epoch, batch_size, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        super().__init__(widths=(hidden,), **vars(self))
        self.hidden = hidden
