"""Classifiers trained by gradient descent: `SingleLayer` and `MLP`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.bases.decisions import Scores
from probing.engine.classifiers.bases.feature_arrays import SampleSet
from probing.engine.classifiers.bases.multi_step import MultiStepOpt
from probing.engine.classifiers.bases.optimizers import GRAFTS, check_optimizer
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.users.block_fits import Looped
from probing.engine.metrics import class_log_odds, probabilities_of
from probing.engine.solvers.networks.rate_schedules import SCHEDULES
from probing.errors import CellError, SpecError

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
    """Linear layers with rectified units between them, trained by AdamW unless said otherwise.

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
        optimizer: str = "AdamW",
        schedule: str = "constant",
        warmup: int = 0,
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        super().__init__(batch_size, max_epoch or _LEAST_EPOCHS)
        self.given_epochs, self.patience_steps = max_epoch, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.pace, self.optimizer_name, self.optimizer_options = pace, optimizer, options
        self.rate_schedule, self.warmup_epochs = schedule, warmup
        pairs = itertools.pairwise((input_size, *widths, n_outputs))
        layers = [part for a, b in pairs for part in (nn.Linear(a, b), nn.ReLU())]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, X: Tensor) -> Tensor:
        """Outputs `[n, n_outputs]`."""
        out: Tensor = self.layers(X)
        return out

    def _usual_rate(self) -> float:
        """That of the pace; a line search begins with whole steps."""
        if self.optimizer_name == "LBFGS":
            return 1.0
        return self.pace.rate(self.n_features_)

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
        if self.optimizer_name == "LBFGS":
            steps = 1
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

    On a CPU those of one layer are, on a GPU those of many; `LBFGS` and `Shampoo`, whose steps
    depend on all weights of a network, train one after another.
    """

    trains_layers: ClassVar[bool] = True
    needs_validation: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, widths: tuple[int, ...], pace: Pace, given: Mapping[str, Any]) -> None:
        name, own = type(self).__name__, dict(given)
        self.__dict__.update(given)
        for hidden in widths:
            check_counts(name, hidden=hidden)
        counts = ("max_epoch", "batch_size", "patience", "precondition_every")
        check_counts(name, **{one: own[one] for one in counts if own[one] is not None})
        check_positive(name, learning_rate=own["learning_rate"])
        check_optimizer(own["optimizer"], name)
        _check_known(
            name, schedule=(own["schedule"], SCHEDULES), graft=(own["graft"], tuple(GRAFTS))
        )
        _check_whole(name, warmup=own["warmup"], precondition_after=own["precondition_after"])
        shampoo = {one: own.pop(one) for one in ("graft", "precondition_after")}
        shampoo["precondition_every"] = own.pop("precondition_every")
        options = shampoo if own["optimizer"] == "Shampoo" else {}
        self.parameters = {"widths": widths, "pace": pace, "options": options, **own}

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        return Looped(Network, self.parameters).fit(block)


def _check_known(where: str, **given: tuple[object, tuple[str, ...]]) -> None:
    for name, (value, known) in given.items():
        if value not in known:
            what = f"{name} = {value!r} must be one of {', '.join(known)}"
            raise SpecError(what, where=where)


def _check_whole(where: str, **given: object) -> None:
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise SpecError(f"{name} = {value!r} must be a whole number of 0 or more", where=where)


class SingleLayer(NetworkClassifier):
    """One linear layer trained by gradient descent, stopped early by the validation part."""

    def __init__(
        self,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 300,
        optimizer: str = "AdamW",
        schedule: str = "constant",
        warmup: int = 0,
        graft: str = "RMSProp",
        precondition_after: int = 25,
        precondition_every: int = 10,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in TRAINING}
        super().__init__((), Pace(0.3, 1e-2), given)


class MLP(NetworkClassifier):
    """One hidden layer of rectified units trained by gradient descent, stopped early."""

    def __init__(
        self,
        hidden: int = 64,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 300,
        optimizer: str = "AdamW",
        schedule: str = "constant",
        warmup: int = 0,
        graft: str = "RMSProp",
        precondition_after: int = 25,
        precondition_every: int = 10,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in TRAINING}
        super().__init__((hidden,), Pace(0.1, 1e-3), given)
        self.hidden = hidden


TRAINING = frozenset(
    (
        "max_epoch",
        "batch_size",
        "learning_rate",
        "weight_decay",
        "patience",
        "optimizer",
        "schedule",
        "warmup",
        "graft",
        "precondition_after",
        "precondition_every",
    )
)
