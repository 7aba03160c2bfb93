"""The factors that precondition are those of the mean Hessian of a group, as autograd has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from probing.engine.solvers.penalised.class_curvature import class_factors_of
from probing.engine.solvers.penalised.curvature_factors import factors_of, groups_of
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import Problems, cold_start
from probing.engine.solvers.penalised.losses import Softmax
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows

N, D, K = 66, 7, 4


def designed(scaled: bool = True) -> tuple[Design, Problems]:
    """Two trainings that scale by their own rows, where `scaled`, of three inner folds each."""
    rng = np.random.default_rng(0)
    X = torch.from_numpy(rng.standard_normal((N, D)) * np.logspace(-1, 1, D) + 1)
    masks = torch.from_numpy(rng.random((2, N)) < 0.8)
    basis = principal_basis(Rows(X), scaled=scaled)
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


def hessians_of(design, problems, W, own):
    return sum(
        torch.autograd.functional.hessian(
            lambda flat, at=at: objective(design, problems, at, flat), W[at].flatten()
        )
        for at in own
    ) / len(own)


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
        hessian = hessians_of(design, problems, W, own)
        for at in own:
            step = hessian @ solved[at].flatten()
            torch.testing.assert_close(step, vector[at].flatten(), rtol=1e-8, atol=1e-10)


def test_a_factor_by_class_is_that_of_the_blocks_of_the_mean_hessian(monkeypatch):
    monkeypatch.setattr("probing.engine.solvers.penalised.class_curvature._ROWS", N)
    design, problems = designed(scaled=False)
    W = torch.randn(6, K, design.width, dtype=torch.float64, generator=torch.manual_seed(0))
    squares = design.mean_squares(problems.weights).unsqueeze(1)
    given = design, Softmax(K), problems, design.logits(W), squares
    found = class_factors_of(*given, groups_of(problems))
    vector = torch.randn(6, K, design.width, dtype=torch.float64)
    solved = found.solve(vector, torch.zeros_like(vector))
    for own in (range(3), range(3, 6)):
        hessian = hessians_of(design, problems, W, own).view(K, design.width, K, design.width)
        for at in own:
            for k in range(K):
                step = hessian[k, :, k] @ solved[at, k]
                torch.testing.assert_close(step, vector[at, k], rtol=1e-5, atol=1e-6)


def test_rows_beyond_the_heaviest_count_by_their_mean_squares():
    design, problems = designed()
    W = torch.randn(6, K, design.width, dtype=torch.float64, generator=torch.manual_seed(0))
    squares = design.mean_squares(problems.weights).unsqueeze(1)
    given = design, Softmax(K), problems, design.logits(W), squares
    found = class_factors_of(*given, groups_of(problems))
    assert found.factors[0] is not None
    unit = torch.eye(design.width, dtype=torch.float64).unsqueeze(1).expand(-1, K, -1)
    inverse = found.factors[0].solve(unit).permute(1, 2, 0)
    traces = torch.linalg.inv(inverse)[:, -1, -1]  # of the ones: all weight is there
    weights = torch.stack(
        [
            (Softmax(K).diagonal(design.logits(W[at : at + 1]).softmax(1), None)[0]
             * problems.weights[at]).sum(1)
            for at in range(3)
        ]
    ).mean(0)  # fmt: skip
    torch.testing.assert_close(traces, weights, rtol=1e-6, atol=0)


@pytest.mark.parametrize("by_class", [0.0, 1e30])
@pytest.mark.parametrize("work", [0.0, 1e25])
def test_with_and_without_factors_the_solution_is_the_same(monkeypatch, work, by_class):
    place = "probing.engine.solvers.penalised.preconditioning"
    monkeypatch.setattr(f"{place}.factor_work", lambda design, n_groups, k: work)
    monkeypatch.setattr(f"{place}._class_work", lambda search, n_groups, k: by_class)
    design, problems = designed()
    start = cold_start(design, Softmax(K), problems)
    found = minimise(design, Softmax(K), problems, start, tolerance=1e-20)
    assert bool(found.solved.all())
    for at in range(len(problems)):
        W = found.weights[at].flatten().requires_grad_()
        (slope,) = torch.autograd.grad(objective(design, problems, at, W), W)
        assert float(slope.abs().max()) < 1e-9


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_directions_hold_nothing_that_all_classes_share(dtype):
    design, problems = designed()
    weak = replace(problems, l2=problems.l2 * 1e-6).to(dtype)  # what they share bends only so much
    start = cold_start(design, Softmax(K), problems)
    found = minimise(design.to(dtype), Softmax(K), weak, start, tolerance=1e-6)
    assert bool(found.converged.all())
    shared = found.weights.sum(1).abs().max() / found.weights.abs().max()
    assert float(shared) < 100 * torch.finfo(dtype).eps
