"""The factors that precondition are those of the mean Hessian of a group, as autograd has it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from probing.engine.solvers.penalised.curvature_factors import factors_of, groups_of
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, cold_start
from probing.engine.solvers.penalised.losses import Softmax
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows

N, D, K = 66, 7, 4


def designed() -> tuple[Design, Problems]:
    """Two trainings that scale by their own rows, of three inner folds each."""
    rng = np.random.default_rng(0)
    X = torch.from_numpy(rng.standard_normal((N, D)) * np.logspace(-1, 1, D) + 1)
    masks = torch.from_numpy(rng.random((2, N)) < 0.8)
    basis = principal_basis(Rows(X), scaled=True)
    left_out = (torch.arange(N) % 3 == torch.arange(3)[:, None]).repeat(2, 1)
    inner = masks.repeat_interleave(3, 0) & ~left_out
    targets = torch.from_numpy(rng.integers(0, K, N)).expand(6, -1)
    counts = inner.sum(1, keepdim=True).to(torch.float64)
    subset = torch.arange(6) // 3
    problems = Problems(targets, inner / counts, 1 / (0.3 * counts[:, 0]), subset)
    return Design.of(basis, basis.penalty(masks)), problems


def objective(design, problems, at, W):
    weights = W.view(1, K, -1)
    logits = design.logits(weights)[0]
    losses = functional.cross_entropy(logits.T, problems.targets[at], reduction="none")
    form = design.penalty.times(weights[..., :-1], problems.subset[at : at + 1])
    penalty = problems.l2[at] / 2 * (form * weights[..., :-1]).sum()
    return (losses * problems.weights[at]).sum() + penalty


def test_a_factor_is_that_of_the_mean_hessian_of_its_group():
    design, problems = designed()
    W = torch.randn(6, K, design.width, dtype=torch.float64, generator=torch.manual_seed(0))
    group = groups_of(problems)
    assert group.tolist() == [0, 0, 0, 1, 1, 1]
    found = factors_of(design, Softmax(K), problems, design.logits(W), group)
    vector = torch.randn(6, K, design.width, dtype=torch.float64)
    vector[..., -1] -= vector[..., -1].mean(1, keepdim=True)  # nothing moves them together
    solved = found.solve(vector, torch.zeros_like(vector))
    for number in (0, 1):
        own = range(3 * number, 3 * number + 3)
        hessian = sum(
            torch.autograd.functional.hessian(
                lambda flat, at=at: objective(design, problems, at, flat), W[at].flatten()
            )
            for at in own
        )
        for at in own:
            step = hessian / 3 @ solved[at].flatten()
            torch.testing.assert_close(step, vector[at].flatten(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("work", [0.0, 1e30])
def test_with_and_without_factors_the_solution_is_the_same(monkeypatch, work):
    monkeypatch.setattr(
        "probing.engine.solvers.penalised.lbfgs.factor_work", lambda design, n_groups, k: work
    )
    design, problems = designed()
    start = cold_start(design, Softmax(K), problems)
    found = minimise(design, Softmax(K), problems, start, tolerance=1e-20)
    assert bool(found.solved.all())
    for at in range(len(problems)):
        W = found.weights[at].flatten().requires_grad_()
        (slope,) = torch.autograd.grad(objective(design, problems, at, W), W)
        assert float(slope.abs().max()) < 1e-9
