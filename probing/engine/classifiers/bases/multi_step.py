"""`MultiStepOpt`: a classifier trained by gradient descent, torch style."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from probing.engine.blocks import TrainingLog
from probing.engine.classifiers.bases.decisions import Decides, Scores
from probing.engine.classifiers.bases.feature_arrays import SampleSet, tensors
from probing.engine.classifiers.bases.optimizers import check_optimizer, made_optimizer
from probing.engine.solvers.networks.epoch_log import EpochLog
from probing.engine.solvers.networks.train import Schedule, set_rates
from probing.errors import CellError

LARGEST_RATE = 0.01
SCORED_ROWS = 4096
NO_VALIDATION = "no validation part: trained for all epochs"


@dataclass(frozen=True)
class TrainingData:
    """Rows `X` `[n, d]`, targets `y` `[n]` as `loss_of` wants them, and those of validation."""

    X: Tensor
    y: Tensor
    val: tuple[Tensor, Tensor] | None
    batch_size: int


def schedule_of(probe: MultiStepOpt, batch_size: int) -> Schedule:
    """How a network is trained, but for its optimiser."""
    rate = probe.rate_schedule, probe.warmup_epochs
    return Schedule(probe.max_epoch, batch_size, probe.patience, *rate)


def trained_names(probe: nn.Module) -> list[str]:
    """The names of the parameters that are trained."""
    return [name for name, one in probe.named_parameters() if one.requires_grad]


def grads(probe: nn.Module) -> dict[str, Tensor | None]:
    """The gradients of a network by the names of its parameters."""
    return {name: one.grad for name, one in probe.named_parameters()}


class MultiStepOpt(Decides, nn.Module):
    """A module trained on minibatches, stopped early by the loss of the validation set.

    A subclass sets its layers and `forward(X)`, from features `[n, d]` in float32 to
    outputs `[n, n_outputs]`: one logit for two classes, one logit each for more, one number for
    regression (standardised; predictions are put back on the targets' scale). Adam takes steps
    of `learning_rate`, or of one over the number of features, at most 0.01, so that a step moves
    the output about as far at every width (Yang et al. 2021, "Tensor Programs V"). Training
    ends after `max_epoch` epochs, or `patience` epochs without a lower validation loss, and the
    best weights are kept (without a validation set: the last). `optimizer_name` is one of `Adam`,
    `AdamW`, `SGD`, `LBFGS` (all rows at once) and `Shampoo`, which take `optimizer_options`;
    `rate_schedule` is how the rate changes, as in `rate_factor`, after `warmup_epochs`. A subclass
    that names `input_size`, `n_outputs`, `task` or `seed` in its constructor receives them.
    """

    kind: ClassVar[str] = "MultiStepOpt"
    name: str = ""
    discrete_targets: bool = False
    learning_rate: float | None = None
    patience: int = 5
    optimizer_name: str = "Adam"
    optimizer_options: Mapping[str, Any] = MappingProxyType({})
    weight_decay: float = 0.0
    rate_schedule: str = "constant"
    warmup_epochs: int = 0
    logs_training_: bool = False
    watch_: Callable[[Callable[[], list[TrainingLog]]], object] | None = None
    training_log_: TrainingLog | None = None

    def __init__(self, batch_size: int = 128, max_epoch: int = 50) -> None:
        super().__init__()
        self.classifier: Any = None
        self.batch_size, self.max_epoch = batch_size, max_epoch
        self.centre_, self.spread_ = 0.0, 1.0
        self.n_features_, self.n_epochs_ = 1, 0
        self.chosen_: Mapping[str, float] = {}
        self.flags_: tuple[str, ...] = ()

    def init_optimizer(self, classification: bool) -> None:
        """Set `self.optimizer`, anew for every fit."""
        check_optimizer(self.optimizer_name, self.name or type(self).__name__)
        self.optimizer = made_optimizer(
            self.optimizer_name,
            self.parameters(),
            self.learning_rate or self._usual_rate(),
            self.weight_decay,
            self.optimizer_options,
        )

    def _usual_rate(self) -> float:
        """The learning rate where none is given; a line search begins with whole steps."""
        if self.optimizer_name == "LBFGS":
            return 1.0
        return min(LARGEST_RATE, 1 / self.n_features_)

    def loss_of(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Mean loss of outputs `[n, n_outputs]`: log loss, or squared error for numbers."""
        outputs = outputs.reshape(len(y), -1)
        if not self.classification_:
            return nn.functional.mse_loss(outputs[:, 0], y)
        if outputs.shape[1] == 1:
            return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], y.float())
        return nn.functional.cross_entropy(outputs, y.long())

    def training_step(self, X: Tensor, y: Tensor) -> Tensor:
        """One step down the gradient on a batch; returns its loss before that."""

        def loss_of_batch() -> Tensor:
            self.optimizer.zero_grad()
            loss = self.loss_of(self(X), y)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        if isinstance(self.optimizer, torch.optim.LBFGS):
            found = self.optimizer.step(loss_of_batch)  # type: ignore[no-untyped-call]
            return torch.as_tensor(found).detach()
        loss = loss_of_batch()
        self.optimizer.step()
        return loss.detach()

    def test_step(self, X: Tensor, y: Tensor | None, val: bool) -> Tensor:
        """The loss on `(X, y)` where `val`, else the outputs for `X`; no gradient."""
        with torch.no_grad():
            outputs: Tensor = self(X)
            return self.loss_of(outputs, y) if val and y is not None else outputs

    def fit(
        self,
        trainset: SampleSet,
        valset: SampleSet,
        pooler: Any = None,
        single_batch: bool = False,
        classification: bool = True,
    ) -> MultiStepOpt:
        """Train on `trainset`; items are `(features, target)`.

        Features are pooled already: `pooler` is there for subclasses. `single_batch` makes
        the whole training set one batch. Raises `CellError` if the outputs do not fit the task.
        """
        self._train(self._begin(trainset, valset, single_batch, classification))
        return self

    def _begin(
        self, trainset: SampleSet, valset: SampleSet, single_batch: bool, classification: bool
    ) -> TrainingData:
        """All that comes before the first step."""
        self.classification_ = classification
        X, targets = tensors(trainset, self._device())
        self.n_features_ = X.shape[1]
        self._learn_scale(targets)
        self._check_outputs(X[:2], targets)
        self.init_optimizer(classification)
        at_once = single_batch or isinstance(self.optimizer, torch.optim.LBFGS)
        size = len(X) if at_once else self.batch_size
        return TrainingData(X, self._prepared(targets), self._validation(valset), size)

    def _train(self, data: TrainingData) -> None:
        best, best_loss, best_epoch = None, float("inf"), 0
        schedule = schedule_of(self, data.batch_size)
        log = EpochLog(trained_names(self), 1) if self.logs_training_ else None
        rates = [group["lr"] for group in self.optimizer.param_groups]
        for epoch in range(1, self.max_epoch + 1):
            if schedule.rate != "constant" or schedule.warmup:  # else a class's own may change it
                set_rates(self.optimizer, rates, schedule.factor(epoch))
            self.train()
            order = torch.randperm(len(data.X)).to(data.X.device)
            for rows in torch.split(order, data.batch_size):
                of_step = self.training_step(data.X[rows], data.y[rows])
                if log is not None:
                    log.step([0], torch.as_tensor(of_step).reshape(1), [len(rows)], grads(self))
            self.eval()
            loss = float(self.test_step(*data.val, val=True)) if data.val else float("inf")
            if log is not None:
                log.close([0], [loss] if data.val else None, dict(self.named_parameters()))
                told = self.training_log_ = TrainingLog(log.names, log.of(0))
                if self.watch_ is not None:
                    self.watch_(lambda told=told: [told])  # type: ignore[misc]
            if loss < best_loss:
                best, best_loss, best_epoch = copy.deepcopy(self.state_dict()), loss, epoch
            self._note_epochs(epoch, best_epoch, is_validated=data.val is not None)
            if data.val is not None and epoch - best_epoch >= self.patience:
                break
        self.eval()
        if best is not None:
            self.load_state_dict(best)

    def _note_epochs(self, epoch: int, best_epoch: int, *, is_validated: bool) -> None:
        """Trained for `epoch` epochs, the best of which stays (0: the last)."""
        self.n_epochs_ = epoch
        self.chosen_ = {"epoch": float(best_epoch or epoch)}
        self.flags_ = () if is_validated else (NO_VALIDATION,)

    def _scores(self, samples: SampleSet) -> Scores:
        """Margins `[n]` or `[n, n_classes]`, or numbers on the targets' scale."""
        X, _ = tensors(samples, self._device())
        outputs = [self.test_step(part, None, val=False) for part in torch.split(X, SCORED_ROWS)]
        joined = torch.cat([one.reshape(len(one), -1) for one in outputs])
        scores: Scores = joined.double().cpu().numpy()
        if not self.classification_:
            scores = scores[:, 0] * self.spread_ + self.centre_
        elif scores.shape[1] == 2:
            scores = scores[:, 1] - scores[:, 0]
        return scores[:, 0] if scores.shape[1:] == (1,) else scores

    def _learn_scale(self, targets: NDArray[Any]) -> None:
        self.centre_, self.spread_ = 0.0, 1.0
        if not self.classification_:
            self.centre_, self.spread_ = float(targets.mean()), float(targets.std()) or 1.0

    def _prepared(self, targets: NDArray[Any]) -> Tensor:
        if self.classification_:
            return torch.from_numpy(targets.astype(np.int64)).to(self._device())
        scaled = (targets - self.centre_) / self.spread_
        return torch.from_numpy(scaled.astype(np.float32)).to(self._device())

    def _validation(self, valset: SampleSet) -> tuple[Tensor, Tensor] | None:
        if not len(valset):
            return None
        X, targets = tensors(valset, self._device())
        return X, self._prepared(targets)

    def _check_outputs(self, X: Tensor, targets: NDArray[Any]) -> None:
        self.eval()
        n_outputs = self.test_step(X, None, val=False).reshape(len(X), -1).shape[1]
        n_classes = int(targets.max()) + 1 if self.classification_ else 1
        suits = n_outputs == 1 if n_classes <= 2 else n_outputs >= n_classes
        if not suits and not (self.classification_ and n_outputs == 2 == n_classes):
            plural = "outputs" if n_outputs > 1 else "output"
            what = f"{n_classes} classes" if self.classification_ else "a number"
            raise CellError(
                f"{self.name or type(self).__name__} has {n_outputs} {plural} for {what}",
                hint="add n_outputs to its constructor to receive the number it needs",
            )

    def _device(self) -> torch.device:
        return next((part.device for part in self.parameters()), torch.device("cpu"))

    @property
    def n_params_(self) -> int:
        """The number of trained weights."""
        return sum(part.numel() for part in self.parameters())

    def decide(self, testset: SampleSet) -> NDArray[np.int64] | None:
        """It has no rule of its own: thresholds decide."""
        return None
