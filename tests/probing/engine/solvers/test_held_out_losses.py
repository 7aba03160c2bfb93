"""The loss of held-out rows by exact weights lies within the reach of that by rough ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.solvers.penalised.held_out_losses import reach_of
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, cold_start
from probing.engine.solvers.penalised.losses import Bernoulli, Softmax
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows
from tests.support.solver_cases import KINDS, class_targets, features


def problems_of(kind: str, n_classes: int, C: float) -> tuple[Design, Problems, torch.Tensor]:
    targets = class_targets(kind, n_classes, 3)
    rng = np.random.default_rng(1)
    X = torch.from_numpy(features(kind, targets, 3))
    masks = torch.from_numpy(rng.random((1, len(X))) < 0.8)
    basis = principal_basis(Rows(X), scaled=True)
    held_out = (torch.arange(len(X)) % 3 == torch.arange(3)[:, None]) & masks
    trained = masks & ~held_out
    counts = trained.sum(1, keepdim=True).to(torch.float64)
    every = torch.from_numpy(targets).expand(3, -1)
    every = every.to(torch.float64) if n_classes == 2 else every
    subset = torch.zeros(3, dtype=torch.int64)
    problems = Problems(every, trained / counts, 1 / (C * counts[:, 0]), subset)
    return Design.of(basis, basis.penalty(masks)), problems, held_out


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_the_exact_loss_lies_within_the_reach(kind, n_classes):
    loss = Bernoulli() if n_classes == 2 else Softmax(n_classes)
    for C in (1e-4, 1e-3, 1e-1, 10):
        design, problems, held_out = problems_of(kind, n_classes, C)
        start = cold_start(design, loss, problems)
        exact = minimise(design, loss, problems, start, tolerance=1e-18).weights
        for tolerance in (1e-2, 1e-4, 1e-8):
            rough = minimise(design, loss, problems, start, tolerance=tolerance).weights
            reach = reach_of(design, loss, problems, rough, held_out)
            values = [
                (loss.value(design.logits(weights), problems.targets) * held_out).sum(1)
                for weights in (rough, exact)
            ]
            assert bool(((values[0] - values[1]).abs() <= reach).all())


def test_with_a_strong_penalty_the_reach_is_small():
    design, problems, held_out = problems_of("plain", 4, 1e-4)
    start = cold_start(design, Softmax(4), problems)
    rough = minimise(design, Softmax(4), problems, start, tolerance=1e-6).weights
    reach = reach_of(design, Softmax(4), problems, rough, held_out)
    assert bool((reach < 1e-3 * held_out.sum(1)).all())


@pytest.mark.parametrize("kind", ["plain", "wide", "constant"])
def test_penalties_bend_at_least_as_they_say(kind):
    targets = class_targets(kind, 2, 0)
    X = torch.from_numpy(features(kind, targets, 0))
    masks = torch.from_numpy(np.random.default_rng(0).random((3, len(X))) < 0.6)
    basis = principal_basis(Rows(X), scaled=True)
    penalty = basis.penalty(masks)
    subsets = torch.arange(3)
    unit = torch.eye(len(basis.energy), dtype=torch.float64).expand(3, -1, -1)
    least = torch.linalg.eigvalsh(penalty.times(unit, subsets)).amin(1)
    assert bool((penalty.least(subsets) <= least * (1 + 1e-6)).all())
    assert bool((penalty.least(subsets) > 0.1 * least).all())
