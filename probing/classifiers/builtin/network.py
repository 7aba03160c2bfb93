"""Classifiers trained by gradient descent: one layer, and one with a hidden layer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from probing.classifiers.builtin.layerwise import Layer, LayerwiseClassifier, Outcome
from probing.classifiers.builtin.strengths import check_positive
from probing.classifiers.builtin.target_columns import in_units, plain_units
from probing.classifiers.builtin.training import Training, scored_rows, training_sets
from probing.solvers.basis import standardised
from probing.solvers.memory import blocks
from probing.solvers.networks import (
    NetworkFit,
    NetworkRows,
    NetworkTraining,
    RowLoss,
    Schedule,
    initial_parameters,
    outputs,
)
from probing.solvers.scaling import Moments, subset_moments
from probing.solvers.training_sets import TrainingSets

NO_VALIDATION = "no validation part: trained for every epoch"


class NetworkClassifier(LayerwiseClassifier):
    """Networks of one shape, one for each training set, stopped early by the validation part.

    Log loss for classes; for numbers the squared error, in units of their training deviation.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")
    schedule: Schedule
    widths: tuple[int, ...] = ()

    def fit_layer(self, layer: Layer, parts: Sequence[Training]) -> Iterator[list[Outcome]]:
        """Train as many networks together as memory allows."""
        shape = self._shape(layer)
        n_weights = sum(a * (b + 1) for a, b in itertools.pairwise(shape))
        bytes_each = 4 * (10 * n_weights + 4 * self.schedule.batch_size * sum(shape))
        X = standardised(layer.features, scaled=layer.scaled)
        for block in blocks(len(parts), bytes_each, X.device):
            yield self._train(layer, X, shape, parts[block])

    def _shape(self, layer: Layer) -> tuple[int, ...]:
        n_outputs = layer.n_classes if layer.task == "multiclass" else 1
        return (layer.features.shape[1], *self.widths, n_outputs)

    def _train(
        self, layer: Layer, X: Tensor, shape: Sequence[int], parts: Sequence[Training]
    ) -> list[Outcome]:
        sets = training_sets(parts, X.device)
        units = plain_units(sets)
        if layer.task == "regression":
            sets, units = in_units(sets)
        rows = _Rows(X, subset_moments(X, sets.masks), sets, scaled=layer.scaled)
        generators = [_generator(part) for part in parts]
        start = [one.to(X.device) for one in initial_parameters(shape, generators)]
        training = NetworkTraining(rows.look_up, _loss(layer.task), self.schedule, generators)
        indices = NetworkRows(
            _padded([part.train for part in parts], X.device),
            _padded([part.val for part in parts], X.device),
        )
        fit = training.run(start, indices)
        return [
            _outcome(part, at, fit, rows, units[at], layer.task) for at, part in enumerate(parts)
        ]


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
        check_positive(
            "SingleLayer",
            max_epoch=max_epoch,
            batch_size=batch_size,
            learning_rate=learning_rate,
            patience=patience,
        )
        self.max_epoch, self.batch_size, self.patience = max_epoch, batch_size, patience
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.schedule = Schedule(max_epoch, batch_size, learning_rate, weight_decay, patience)


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
        check_positive(
            "MLP",
            hidden=hidden,
            max_epoch=max_epoch,
            batch_size=batch_size,
            learning_rate=learning_rate,
            patience=patience,
        )
        self.hidden, self.max_epoch, self.batch_size = hidden, max_epoch, batch_size
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.patience = patience
        self.widths = (hidden,)
        self.schedule = Schedule(max_epoch, batch_size, learning_rate, weight_decay, patience)


class _Rows:
    """Fetches rows as each network sees them: scaled by its own training rows, in float32."""

    def __init__(self, X: Tensor, moments: Moments, sets: TrainingSets, *, scaled: bool) -> None:
        self.X, self.targets = X.to(torch.float32), sets.targets
        self.mean = moments.mean.to(torch.float32).unsqueeze(1)
        self.inverse = (1 / moments.deviation).to(torch.float32).unsqueeze(1) if scaled else None

    def look_up(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Features `[p, b, d]` and targets `[p, b]` of rows `[p, b]`, one row of p a network."""
        X = self.X[rows] - self.mean
        return (X if self.inverse is None else X * self.inverse), self.targets.gather(1, rows)

    def of(self, at: int) -> Tensor:
        """All rows `[1, n, d]` as network `at` sees them."""
        X = self.X - self.mean[at]
        return (X if self.inverse is None else X * self.inverse[at]).unsqueeze(0)


def _generator(part: Training) -> torch.Generator:
    seed = np.random.SeedSequence(part.seed).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed) >> 1)


def _padded(rows: Sequence[np.ndarray], device: torch.device) -> Tensor:
    out = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int64)
    for row, own in zip(out, rows, strict=True):
        row[: len(own)] = own
    return torch.from_numpy(out).to(device)


def _loss(task: str) -> RowLoss:
    if task == "multiclass":
        return lambda out, y: functional.cross_entropy(out.mT, y, reduction="none")
    if task == "binary":
        return lambda out, y: functional.softplus(out[..., 0]) - out[..., 0] * y
    return lambda out, y: (out[..., 0] - y.to(out.dtype)).square()


def _outcome(
    part: Training, at: int, fit: NetworkFit, rows: _Rows, units: Tensor, task: str
) -> Outcome:
    own = [one[at : at + 1] for one in fit.parameters]
    scores = outputs(own, rows.of(at))[0].to(torch.float64)
    if task == "multiclass":
        scores = scores.softmax(1)
    elif task == "binary":
        scores = scores[:, 0].sigmoid()
    else:
        scores = scores[:, 0] * units[1] + units[0]
    return Outcome(
        training=part,
        scores=scored_rows(part, scores),
        n_params=sum(one.numel() for one in own),
        threshold=0.5,
        probabilities=task != "regression",
        chosen={"epoch": float(fit.epoch[at])},
        flags=() if len(part.val) else (NO_VALIDATION,),
    )
