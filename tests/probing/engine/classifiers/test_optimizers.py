"""Optimisers by name, schedules, and the log of a training: by hand, alone and together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt, load
from probing.engine.classifiers.bases import optimizers
from probing.engine.classifiers.bases.optimizers import OPTIMIZERS, made_optimizer
from probing.engine.classifiers.users.block_fits import places_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.serial_folds import fitted_in_turn
from probing.engine.solvers.networks.rate_schedules import SCHEDULES, rate_factor
from probing.errors import SpecError
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, class_targets, features, fits, labelling


class Line(MultiStepOpt):
    def __init__(self, input_size, n_outputs, optimizer="Adam", schedule="constant", epochs=6):
        super().__init__(batch_size=32, max_epoch=epochs)
        self.optimizer_name, self.rate_schedule = optimizer, schedule
        self.learning_rate = None if optimizer == "LBFGS" else 0.02
        self.layers = nn.Linear(input_size, n_outputs)

    def forward(self, X):
        return self.layers(X)


def case(logs: bool = False) -> Block:
    targets = class_targets("plain", 2, 0)
    one = block(features("plain", targets, 0), labelling(targets, 3))
    return Block(**{**vars(one), "logs_training": logs})


def in_turn(one: Block, **parameters: Any) -> list[FoldFit]:
    return fits(fitted_in_turn(FoldFitter(Line, parameters), one, places_of(one)))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "SGD"])
def test_networks_learn_the_same_together_and_in_turn(optimizer: str, schedule: str) -> None:
    one, how = case(logs=True), {"optimizer": optimizer, "schedule": schedule}
    together = sorted(fits(Looped(Line, how).fit(one)), key=lambda fit: fit.fold)
    for fit, other in zip(together, in_turn(one, **how), strict=True):
        np.testing.assert_allclose(fit.test_scores, other.test_scores, atol=1e-4)
        assert fit.training is not None and other.training is not None
        assert fit.training.names == other.training.names == ("layers.weight", "layers.bias")
        np.testing.assert_allclose(fit.training.values, other.training.values, atol=1e-4)
        assert len(fit.training.values) == 6


def test_schedules_are_those_of_torch() -> None:
    n = 9
    scheduled = {
        "linear": lambda one: torch.optim.lr_scheduler.LinearLR(one, 1.0, 0.0, n),
        "cosine": lambda one: torch.optim.lr_scheduler.CosineAnnealingLR(one, n),
        "step": lambda one: torch.optim.lr_scheduler.StepLR(one, n // 3),
    }
    for name, make in scheduled.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = make(optimizer)
        for epoch in range(1, n + 1):
            rate = optimizer.param_groups[0]["lr"]
            assert rate_factor(name, epoch, n) == pytest.approx(rate, abs=1e-9), (name, epoch)
            optimizer.step()
            scheduler.step()
    rising = [rate_factor("constant", epoch, n, warmup=3) for epoch in range(1, 6)]
    assert rising == [0.25, 0.5, 0.75, 1.0, 1.0]


class Zero(Line):
    def __init__(self, input_size, n_outputs):
        super().__init__(input_size, n_outputs, "SGD", epochs=1)
        self.batch_size = 10_000
        nn.init.zeros_(self.layers.weight)
        nn.init.zeros_(self.layers.bias)


@pytest.mark.parametrize("alone", [True, False])
def test_the_log_of_an_epoch_is_as_by_hand(alone: bool) -> None:
    one = case(logs=True)
    fitter = FoldFitter(Zero, {})
    made = fitted_in_turn(fitter, one, places_of(one)) if alone else Looped(Zero).fit(one)
    for fit in fits(made):
        fold, targets = one.labellings[0].folds[fit.fold], one.labellings[0].targets
        X = one.features[0, :, 0].double().numpy()
        X = (X - X[fold.train].mean(0)) / X[fold.train].std(0)
        train, y = X[fold.train], targets[fold.train]
        slope = (0.5 - y)[:, None] * np.c_[train, np.ones(len(train))]
        gradient = slope.mean(0)
        step = -0.02 * 1.9 * gradient  # the first step with Nesterov's momentum of .9
        margins = X[fold.val] @ step[:-1] + step[-1]
        val_loss = np.mean(np.logaddexp(0, np.where(targets[fold.val] == 1, -margins, margins)))
        norms = [np.linalg.norm(gradient[:-1]), abs(gradient[-1])]
        norms += [np.linalg.norm(step[:-1]), abs(step[-1])]
        assert fit.training is not None
        expected = [[np.log(2), val_loss, *norms]]
        np.testing.assert_allclose(fit.training.values, expected, atol=1e-6)


def test_lbfgs_finds_the_least_squares_and_stops_early_where_there_is_a_validation_part() -> None:
    targets = class_targets("plain", 2, 0)
    X = features("plain", targets, 0)
    y = X[:, 2] * 5 + X[:, 1] + np.random.default_rng(1).standard_normal(len(X))
    one = block(X, labelling(y, 3, val_size=0))
    for fit in in_turn(one, optimizer="LBFGS", epochs=60):
        fold = one.labellings[0].folds[fit.fold]
        design = np.c_[X, np.ones(len(X))].astype(np.float32).astype(np.float64)
        weights = np.linalg.lstsq(design[fold.train], y[fold.train], rcond=None)[0]
        np.testing.assert_allclose(fit.test_scores, design[fold.test] @ weights, atol=0.02)
    early = fits(
        load(ClassifierSpec("SingleLayer", {"optimizer": "LBFGS", "patience": 5})).fit(case())
    )
    assert all(fit.chosen["epoch"] < 30 for fit in early)


@pytest.mark.parametrize("shape", [(3, 4), (1, 5)])
def test_shampoo_takes_the_published_step(shape: tuple[int, int]) -> None:
    pytest.importorskip("pytorch_optimizer")
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((3, *shape))
    weight = nn.Parameter(torch.zeros(shape))
    options = {"graft": "SGD", "precondition_after": 1, "precondition_every": 1}
    options |= {"betas": (0.0, 0.9)}
    optimizer = made_optimizer("Shampoo", [weight], 0.1, options=options)
    left, right = (1e-6 * np.eye(n) for n in shape)
    for gradient in gradients:
        before = weight.detach().clone()
        weight.grad = torch.from_numpy(gradient).float()
        optimizer.step()
        left = 0.9 * left + 0.1 * gradient @ gradient.T
        right = 0.9 * right + 0.1 * gradient.T @ gradient
        step = (before - weight.detach()).numpy()
        direction = root(left) @ gradient @ root(right)
        expected = 0.1 * direction * np.linalg.norm(gradient) / np.linalg.norm(direction)
        np.testing.assert_allclose(step, expected, atol=2e-3)


def root(statistics: np.ndarray) -> np.ndarray:
    """The inverse fourth root, with the ridge that keeps it bounded."""
    values, axes = np.linalg.eigh(statistics)
    values = np.maximum(values, 0) + 1e-6 * values.max()
    return (axes * values**-0.25) @ axes.T


def test_shampoo_waits_before_it_preconditions() -> None:
    pytest.importorskip("pytorch_optimizer")
    weight = nn.Parameter(torch.zeros(3, 4))
    options = {"graft": "SGD", "precondition_after": 3, "betas": (0.0, 0.9)}
    optimizer = made_optimizer("Shampoo", [weight], 0.1, options=options)
    for at in range(2):
        before = weight.detach().clone()
        weight.grad = torch.randn(3, 4, generator=torch.Generator().manual_seed(at))
        optimizer.step()
        assert torch.allclose(before - weight, 0.1 * weight.grad, atol=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_trains_a_probe(optimizer: str) -> None:
    if optimizer == "Shampoo":
        pytest.importorskip("pytorch_optimizer")
    one = case(logs=True)
    made = load(ClassifierSpec("SingleLayer", {"optimizer": optimizer, "max_epoch": 15}))
    for fit in fits(made.fit(one)):
        test = one.labellings[0].folds[fit.fold].test
        right = (fit.test_scores > 0) == (one.labellings[0].targets[test] == 1)
        assert right.mean() > 0.6
        assert fit.training is not None
        assert fit.training.values[-1, 0] < fit.training.values[0, 0]


def test_what_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for parameters, said in (
        ({"optimizer": "adam"}, "must be one of AdamW, Adam"),
        ({"schedule": "exponential"}, "must be one of constant, linear"),
        ({"graft": "Adam"}, "graft = 'Adam' must be one of none, SGD"),
        ({"warmup": -1}, "warmup = -1 must be a whole number"),
    ):
        with pytest.raises(SpecError, match=said):
            load(ClassifierSpec("MLP", parameters))
    monkeypatch.setattr(optimizers, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"probe-tui\[optimizers\]"):
        load(ClassifierSpec("SingleLayer", {"optimizer": "Shampoo"}))
