"""Newton steps by conjugate gradients end where whole ones in double precision end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.solvers.penalised import newton_cg as solver
from probing.engine.solvers.penalised import strength_path
from probing.engine.solvers.penalised.fit import whole_trainings
from probing.engine.solvers.penalised.linear_models import cold_start
from probing.engine.solvers.penalised.losses import Bernoulli
from probing.engine.solvers.penalised.squared_losses import SquaredHinge
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

LOSSES = {"log loss": Bernoulli(), "squared hinge": SquaredHinge()}


def posed(kind, loss, strengths):
    """Three trainings on features of which rows of two classes only just part, or do not."""
    rng = np.random.default_rng(0)
    n, d = (40, 60) if kind == "wide" else (90, 30 if kind == "parting" else 12)
    X = rng.standard_normal((n, d)) * np.logspace(0, -1, d) + 1
    y = (X[:, :3].sum(1) + (kind != "parting") * rng.standard_normal(n) > 3).astype(int)
    masks = torch.arange(n) % 3 != torch.arange(3)[:, None]
    low = -1 if isinstance(loss, SquaredHinge) else 0
    targets = torch.from_numpy(np.where(y == 1, 1.0 if low else 1, low)).expand(3, -1)
    sets = TrainingSets(targets.contiguous(), torch.where(masks, 0, -1))
    basis = principal_basis(Rows(torch.from_numpy(X)), scaled=True)
    design = Design.of(basis, basis.penalty(masks))
    every = whole_trainings(sets, strengths[:, None].expand(-1, 3))
    order = torch.arange(3 * len(strengths)).view(len(strengths), -1).T.flatten()
    return design, every.rows(order)


@pytest.mark.parametrize("kind", ["parting", "noisy", "wide"])
@pytest.mark.parametrize("name", LOSSES)
def test_solutions_have_no_slope_left(kind, name):
    loss, strengths = LOSSES[name], torch.tensor([0.1, 10.0, 1e3], dtype=torch.float64)
    design, problems = posed(kind, loss, strengths)
    start = cold_start(design, loss, problems)
    given = design, design.to(torch.float32), loss, problems, start
    found = solver.newton_cg(*given, tolerance=1e-20)
    assert bool(found.converged.all())
    weights = found.weights.requires_grad_()
    losses = (loss.value(design.logits(weights), problems.targets) * problems.weights).sum(1)
    (slopes,) = torch.autograd.grad(losses.sum(), weights)
    form = design.penalty.times(found.weights.detach()[..., :-1], problems.subset)
    slopes[..., :-1] += problems.l2[:, None, None] * form
    # a penalty so strong leaves weights no further from the least than this
    away = slopes.flatten(1).norm(dim=1) / problems.l2
    assert bool((away < 1e-5 * weights.flatten(1).norm(dim=1)).all())


def test_a_path_goes_on_that_way_once_a_strength_takes_long(monkeypatch):
    strengths = torch.logspace(-2, 4, 6, dtype=torch.float64)
    design, problems = posed("parting", Bernoulli(), strengths)
    whole = strength_path.solve(design, Bernoulli(), problems, tolerance=1e-15)
    counted = []

    def counting(*given, **wanted):
        found = solver.newton_cg(*given, **wanted)
        counted.append(len(found.gain))
        return found

    monkeypatch.setattr(strength_path, "newton_cg", counting)
    monkeypatch.setattr(strength_path, "serves", lambda design, n_logits: True)
    monkeypatch.setattr(strength_path, "BRIEF", 1)
    found = strength_path.exact_path(design, Bernoulli(), problems, strengths, 1e-15)
    assert counted == [3] * 5 and bool(found.converged.all())
    logits, wanted = design.logits(found.weights), design.logits(whole.weights)
    size = wanted.std(2, keepdim=True)
    torch.testing.assert_close(logits / size, wanted / size, rtol=0, atol=1e-6)


def test_what_has_no_minimum_comes_back_unconverged():
    loss = Bernoulli()
    design, problems = posed("parting", loss, torch.tensor([1.0], dtype=torch.float64))
    problems.l2.zero_()
    start = cold_start(design, loss, problems)
    given = design, design.to(torch.float32), loss, problems, start
    found = solver.newton_cg(*given, tolerance=1e-15)
    assert not bool(found.converged.all()) and bool(found.weights.isfinite().all())
