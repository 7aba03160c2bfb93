"""Classifiers trained by gradient descent: `SingleLayer` and `MLP`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
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

_LEAST_EPOCHS, _LEAST_STEPS = 50, 2000  # the longer of both, unless epochs are given


@dataclass(frozen=True)
class Pace:
    """How far a step goes: `share` of an output over the features, at most `fastest` a weight."""

    share: float
    fastest: float

    def rate(self, n_features: int) -> float:
        """The learning rate for features in their units."""
        return min(self.fastest, self.share / n_features)


class Network(MultiStepOpt):
    """Linear layers with rectified units between them, trained by AdamW.

    Log loss for classes, whose scores are log odds; for numbers the squared error, in units of
    their training deviation. The last layer begins with no weights and the log odds of the
    class frequencies (of numbers with their mean), so that what is learnt is learnt from the
    features. Without a given `learning_rate` it is that of `pace`; `patience` counts steps, of
    which small training parts have few an epoch.
    """

    least_per_class: ClassVar[int] = 2

    def __init__(
        self,
        input_size: int,
        n_outputs: int,
        widths: tuple[int, ...],
        max_epoch: int | None,
        batch_size: int,
        learning_rate: float | None,
        weight_decay: float,
        patience: int,
        pace: Pace,
    ) -> None:
        super().__init__(batch_size, max_epoch or _LEAST_EPOCHS)
        self.given_epochs, self.patience_steps = max_epoch, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.pace = pace
        pairs = itertools.pairwise((input_size, *widths, n_outputs))
        layers = [part for a, b in pairs for part in (nn.Linear(a, b), nn.ReLU())]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, X: Tensor) -> Tensor:
        """Outputs `[n, n_outputs]`."""
        out: Tensor = self.layers(X)
        return out

    def init_optimizer(self, classification: bool) -> None:
        """AdamW. Loshchilov and Hutter, arXiv:1711.05101."""
        rate = self.learning_rate or self.pace.rate(self.n_features_)
        self.optimizer = torch.optim.AdamW(
            self.parameters(), lr=rate, weight_decay=self.weight_decay
        )

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
        """Also all else that begins with the training targets: the last layer, and the epochs."""
        if not self.classification_ and np.ptp(targets) == 0:
            raise CellError("all training targets are the same number")
        super()._learn_scale(targets)
        steps = math.ceil(len(targets) / self.batch_size)  # in an epoch
        self.patience = math.ceil(self.patience_steps / steps)
        self.max_epoch = self.given_epochs or max(_LEAST_EPOCHS, math.ceil(_LEAST_STEPS / steps))
        last: Any = self.layers[-1]
        with torch.no_grad():
            last.weight.zero_()
            last.bias.copy_(torch.from_numpy(self._first_outputs(targets, len(last.bias))))

    def _first_outputs(self, targets: NDArray[Any], n_outputs: int) -> NDArray[np.float32]:
        """Outputs `[n_outputs]` that know no features."""
        if not self.classification_:
            return np.zeros(n_outputs, dtype=np.float32)
        n_classes = max(2, n_outputs)
        counts = np.bincount(targets.astype(np.int64), minlength=n_classes)
        logs = np.log(np.maximum(counts, 1) / len(targets))
        return (logs[1:] - logs[0] if n_outputs == 1 else logs).astype(np.float32)


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
        counts = {one: parameters[one] for one in ("max_epoch", "batch_size", "patience")}
        given = {name: count for name, count in counts.items() if count is not None}
        check_counts(type(self).__name__, **given)
        check_positive(type(self).__name__, learning_rate=parameters["learning_rate"])
        self.parameters = parameters

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        return Looped(Network, self.parameters).fit(block)


class SingleLayer(NetworkClassifier):
    """One linear layer trained by AdamW, stopped early by the validation part."""

    def __init__(
        self,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 300,
    ) -> None:
        self.max_epoch, self.batch_size, self.patience = max_epoch, batch_size, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        super().__init__(widths=(), pace=Pace(0.3, 1e-2), **vars(self))


class MLP(NetworkClassifier):
    """One hidden layer of rectified units trained by AdamW, stopped by the validation part."""

    def __init__(
        self,
        hidden: int = 64,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 300,
    ) -> None:
        self.max_epoch, self.batch_size, self.patience = max_epoch, batch_size, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        super().__init__(widths=(hidden,), pace=Pace(0.1, 1e-3), **vars(self))
        self.hidden = hidden
