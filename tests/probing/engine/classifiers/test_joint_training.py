"""Networks of users trained together: the same as one by one, or one by one indeed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt
from probing.engine.classifiers.users.block_fits import places_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.serial_folds import fitted_in_turn
from probing.engine.classifiers.users.stacks.joint_training import fitted_together
from probing.engine.splits.types import Fold, Labelling
from tests.support.solver_cases import block, class_targets, features, labelling

Fit = FoldFit | FoldFailure


class Line(MultiStepOpt):
    def __init__(self, input_size, n_outputs, max_epoch=8, patience=2):
        super().__init__(batch_size=32, max_epoch=max_epoch)
        self.patience = patience
        self.layers = self.made(input_size, n_outputs)

    def made(self, d, k):
        return nn.Linear(d, k)

    def forward(self, X):
        return self.layers(X)


class Deep(Line):
    learning_rate = 0.01

    def made(self, d, k):
        return nn.Sequential(nn.Linear(d, 9), nn.LayerNorm(9), nn.Tanh(), nn.Linear(9, k))


class Dropped(Line):
    learning_rate = 0.01

    def made(self, d, k):
        return nn.Sequential(nn.Linear(d, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, k))


class Sparse(Line):
    def loss_of(self, outputs, y):
        penalty = sum(one.abs().sum() for one in self.parameters())
        return super().loss_of(outputs, y) + 1e-2 * penalty


class Momentum(Line):
    def init_optimizer(self, classification):
        weights = [{"params": [self.layers.weight], "lr": 0.1}, {"params": [self.layers.bias]}]
        self.optimizer = torch.optim.SGD(weights, lr=0.01, momentum=0.9, nesterov=True)


class Adagrad(Line):
    def init_optimizer(self, classification):
        self.optimizer = torch.optim.Adagrad(self.parameters(), lr=0.1)


class Decayed(Deep):
    def init_optimizer(self, classification):
        self.optimizer = torch.optim.AdamW(self.parameters(), lr=0.01, amsgrad=True)


class HalfFrozen(Deep):
    def __init__(self, input_size, n_outputs):
        super().__init__(input_size, n_outputs)
        self.layers[0].weight.requires_grad_(False)
        self.never_used = nn.Parameter(torch.ones(3))


class Tied(Line):
    def made(self, d, k):
        self.again = nn.Linear(d, d)
        return nn.Sequential(self.again, nn.ReLU(), self.again, nn.Linear(d, k, bias=False))


class Convolved(Line):
    def made(self, d, k):
        flat = nn.Flatten(1)
        return nn.Sequential(nn.Unflatten(1, (1, d)), nn.Conv1d(1, 2, 3), flat, nn.LazyLinear(k))

    def __init__(self, input_size, n_outputs):
        super().__init__(input_size, n_outputs)
        self.layers(torch.zeros(2, input_size))


class Buffered(Line):
    def made(self, d, k):
        self.register_buffer("mask", (torch.rand(d) > 0.3).float())
        return nn.Linear(d, k)

    def forward(self, X):
        return self.layers(X * self.mask)


TOGETHER = [
    Line, Deep, Dropped, Sparse, Momentum, Adagrad, Decayed, HalfFrozen, Tied, Convolved, Buffered,
]  # fmt: skip


class Normed(Line):
    def made(self, d, k):
        return nn.Sequential(nn.BatchNorm1d(d), nn.Linear(d, k))


class Branches(Line):
    def forward(self, X):
        return self.layers(X) if X.sum() > 0 else self.layers(-X)


class Reads(Line):
    def forward(self, X):
        return self.layers(X) * (1 + 0.1 * torch.tanh(X.mean()).item())


class OwnConstant(Line):
    def made(self, d, k):
        self.turn = [torch.randn(d, d)]
        return nn.Linear(d, k)

    def forward(self, X):
        return self.layers(X @ self.turn[0])


class Noisy(Line):
    def forward(self, X):
        return self.layers(X + 0.1 * torch.randn_like(X) if self.training else X)


class Counts(Line):
    n_calls = 0

    def forward(self, X):
        self.n_calls += 1
        return self.layers(X) * (1 + 1 / self.n_calls)


class Clamped(Line):
    def forward(self, X):
        with torch.no_grad():
            self.layers.weight.clamp_(-0.2, 0.2)
        return self.layers(X)


class OwnStep(Line):
    def training_step(self, X, y):
        return super().training_step(X + 0.1, y)


class Scheduled(Line):
    def init_optimizer(self, classification):
        super().init_optimizer(classification)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 1)

    def forward(self, X):
        return self.layers(X)


class Newton(Line):
    def init_optimizer(self, classification):
        self.optimizer = torch.optim.LBFGS(self.parameters(), lr=0.1)

    def training_step(self, X, y):
        def closure():
            self.optimizer.zero_grad()
            loss = self.loss_of(self(X), y)
            loss.backward()
            return loss

        return self.optimizer.step(closure)


APART = [
    Normed, Branches, Reads, OwnConstant, Noisy, Counts, Clamped, OwnStep, Scheduled, Newton,
]  # fmt: skip


def given(task: str = "binary", n_layers: int = 2, val_size: float = 0.1) -> Block:
    """Folds of which not all have as many rows: 100 texts in three parts."""
    targets = class_targets("plain", 3 if task == "multiclass" else 2, 0)[:100]
    X = np.stack([features("plain", targets, at) for at in range(n_layers)])
    if task == "regression":
        targets = X[0][:, 2] * 5 + 20
    return block(X, labelling(targets, 3, val_size=val_size))


def together(cls: type, one: Block) -> tuple[list[Fit], int]:
    """The fits that were made together, and how many places were left."""
    found: list[Fit] = []

    def collected() -> Iterator[Any]:
        rest = yield from fitted_together(FoldFitter(cls, {}), one, places_of(one))
        left.extend(rest)

    left: list[Any] = []
    found.extend(collected())
    return found, len(left)


def in_turn(cls: type, one: Block) -> list[Fit]:
    return list(fitted_in_turn(FoldFitter(cls, {}), one, places_of(one)))


def check_same(found: list[Fit], expected: list[Fit], tolerance: float = 1e-4) -> None:
    key = lambda fit: (fit.layer_at, fit.labelling_at, fit.fold)  # noqa: E731
    assert sorted(map(key, found)) == sorted(map(key, expected))
    others = {key(fit): fit for fit in expected}
    for fit in found:
        other = others[key(fit)]
        assert isinstance(fit, FoldFit) and isinstance(other, FoldFit), (fit, other)
        assert fit.chosen == other.chosen and fit.flags == other.flags
        assert fit.n_params == other.n_params
        np.testing.assert_allclose(fit.test_scores, other.test_scores, atol=tolerance)
        if fit.held_out is not None:
            np.testing.assert_allclose(fit.held_out.scores, other.held_out.scores, atol=tolerance)
        if fit.decision is not None:
            assert (fit.decision == other.decision).mean() > 0.98


@pytest.mark.parametrize("cls", TOGETHER)
def test_together_is_as_one_by_one(cls):
    one = given()
    sizes = {len(fold.train) for fold in one.labellings[0].folds}
    assert len(sizes) > 1
    found, n_left = together(cls, one)
    assert n_left == 0 and len(found) == 6
    check_same(found, in_turn(cls, one))


@pytest.mark.parametrize("cls", [Line, Deep, Dropped])
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_task_is_trained_together(cls, task):
    one = given(task)
    found, n_left = together(cls, one)
    assert n_left == 0
    check_same(found, in_turn(cls, one), 1e-4 if task == "multiclass" else 1e-2)


@pytest.mark.parametrize("cls", APART)
def test_what_cannot_be_stacked_is_trained_one_by_one(cls):
    one = given()
    found, n_left = together(cls, one)
    assert (found, n_left) == ([], 6)
    check_same(list(Looped(cls).fit(one)), in_turn(cls, one), 0)


def test_a_fold_with_one_step_more_holds_nobody_up():
    one = given(n_layers=2)
    (label,) = one.labellings
    first = label.folds[0]
    cut = Fold(first.train[:-3], first.val, first.test)
    uneven = Labelling(
        "", 0, label.targets, (cut, *label.folds[1:]), (label.inner[0][:-3], *label.inner[1:]), 0
    )
    other = block(one.features.numpy()[:, :, 0], uneven)
    n_rows = [len(fold.train) for fold in uneven.folds]
    Uneven = type("Uneven", (Deep,), {"batch_size": property(lambda self: n_rows[0], lambda *_: 0)})
    assert {-(-n // n_rows[0]) for n in n_rows} == {1, 2}
    found, n_left = together(Uneven, other)
    assert n_left == 0
    check_same(found, in_turn(Uneven, other))
