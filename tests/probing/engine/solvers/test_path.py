"""Paths of strengths solved together, and corrections that keep their digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.blocks import FoldFit
from probing.engine.classifiers.builtin.linear_svm import LinearSVM
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.solvers.penalised.fit import whole_trainings
from probing.engine.solvers.penalised.lbfgs import minimise
from probing.engine.solvers.penalised.linear_models import cold_start
from probing.engine.solvers.penalised.losses import Bernoulli, Loss, Softmax
from probing.engine.solvers.penalised.squared_losses import Squared, SquaredHinge, SquaredTube
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.errors import SpecError
from tests.support.solver_cases import block, features, labelling

LOSSES: dict[str, Loss] = {
    "bernoulli": Bernoulli(),
    "softmax": Softmax(4),
    "squared": Squared(),
    "hinge": SquaredHinge(),
    "tube": SquaredTube(0.3),
}


def targets_of(name: str, n: int) -> torch.Tensor:
    """Targets `[2, n]` that suit the loss."""
    rng = torch.Generator().manual_seed(1)
    if name == "softmax":
        return torch.randint(4, (2, n), generator=rng)
    sides = torch.randint(2, (2, n), generator=rng).double()
    return 2 * sides - 1 if name == "hinge" else sides


@pytest.mark.parametrize("move", [1e-9, 1e-4, 0.3, 20.0])
@pytest.mark.parametrize("name", LOSSES)
def test_changes_of_slopes_keep_their_digits_in_single_precision(name: str, move: float) -> None:
    loss, rng = LOSSES[name], torch.Generator().manual_seed(0)
    shape = (2, 4 if name == "softmax" else 1, 500)
    at = 4 * torch.randn(shape, generator=rng, dtype=torch.float64)
    by = move * torch.randn(shape, generator=rng, dtype=torch.float64)
    targets = targets_of(name, shape[2])

    def slope(logits: torch.Tensor) -> torch.Tensor:
        return loss.residual(loss.response(logits, targets), targets)

    expected = slope(at + by) - slope(at)
    change, about = loss.about(at, targets)
    about, single = about.float(), by.float()
    response = change.response(single, about)
    curvature = change.diagonal(response, about)
    found = change.residual(response, about)
    assert found.dtype == torch.float32
    largest = expected.abs().amax(1, keepdim=True)
    # of tiny changes, double precision itself loses digits by subtracting; kinks are kinks
    lost = 1e-15 / move + (1e-6 if name in ("hinge", "tube") else 0)
    assert bool(((found - expected).abs() <= (1e-5 + lost) * largest + 1e-12 + 1e-6 * move).all())
    bent = loss.diagonal(loss.response(at + by, targets), targets)
    assert bool(((curvature - bent).abs() <= 1e-5).float().mean() > 0.99)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("kind", ["plain", "wide", "separable", "imbalanced"])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_a_path_is_each_of_its_fits(kind: str, n_classes: int, scale: str) -> None:
    targets = np.arange(80) % n_classes
    one = block(features(kind, targets, 3), labelling(targets, 3), scale=scale)
    Cs = [1e-3, 0.1, 10.0]
    path = {(at, fit.fold): fit for at, fit in LogisticRegression().fit_path(one, Cs)}
    assert len(path) == 9
    for at, C in enumerate(Cs):
        for fit in LogisticRegression(C).fit(one):
            assert isinstance(fit, FoldFit)
            other = path[at, fit.fold]
            assert isinstance(other, FoldFit)
            assert other.chosen["C"] == C
            assert other.flags == fit.flags == ()
            np.testing.assert_allclose(other.test_scores, fit.test_scores, atol=2e-6)


def test_a_tolerance_is_that_of_the_largest_slope() -> None:
    targets = np.arange(200) % 2
    one = block(features("plain", targets, 0), labelling(targets, 4))
    for _, fit in LogisticRegression().fit_path(one, [0.01, 1.0, 100.0], tol=1e-3):
        assert isinstance(fit, FoldFit)
        assert 1e-6 < fit.chosen["gradient_norm"] <= 1e-3
    for _, fit in LogisticRegression().fit_path(one, [0.01, 1.0, 100.0]):
        assert isinstance(fit, FoldFit)
        assert fit.chosen["gradient_norm"] < 1e-6


@pytest.mark.parametrize("n", [150, 30])
def test_slopes_are_those_by_the_weights_of_the_features(n: int) -> None:
    rng = torch.Generator().manual_seed(0)
    X = torch.randn(n, 40, generator=rng, dtype=torch.float64)
    X *= torch.logspace(0, 2, 40, dtype=torch.float64)
    targets, bound = (torch.arange(n)[None] % 2).double(), 1e-3
    sets = TrainingSets(targets, torch.zeros(1, n, dtype=torch.int64))
    basis = principal_basis(Rows(X), scaled=False)
    design = Design.of(basis, basis.penalty(sets.masks))
    problems = whole_trainings(sets, torch.full((1, 1), 0.01, dtype=torch.float64))
    start = cold_start(design, Bernoulli(), problems)
    found = minimise(design, Bernoulli(), problems, start, gradient=bound)
    assert bool(found.converged) and int(found.n_iterations) > 0
    W = found.weights[0, 0]
    centred, weights = X - X.mean(0), basis.V @ W[:-1]
    residual = torch.sigmoid(centred @ weights + W[-1]) - targets[0]
    slopes = centred.T @ residual / n + weights / (0.01 * n)
    if n > 40:
        assert torch.isclose(found.gradient[0], slopes.abs().max(), rtol=1e-9)
    assert bound / 100 < float(slopes.abs().max()) <= bound * (1 if n > 40 else n**0.5)


def test_a_path_of_margins_and_its_errors() -> None:
    targets = np.arange(90) % 3
    one = block(features("plain", targets, 0), labelling(targets, 3))
    path = list(LinearSVM().fit_path(one, [0.01, 1.0]))
    for at, fit in path:
        assert isinstance(fit, FoldFit)
        alone = next(
            each
            for each in LinearSVM([0.01, 1.0][at]).fit(one)
            if isinstance(each, FoldFit) and each.fold == fit.fold
        )
        np.testing.assert_allclose(fit.test_scores, alone.test_scores, atol=1e-5)
    with pytest.raises(SpecError, match="positive"):
        list(LogisticRegression().fit_path(one, [1.0, -1.0]))


def test_a_tolerance_keeps_what_a_weak_penalty_has_learned() -> None:
    rng = np.random.default_rng(0)
    targets = np.arange(300) % 2
    spread = np.arange(1, 1001) ** -0.5
    X = rng.standard_normal((300, 1000)) * spread
    X[:, 10:60] += 0.9 * spread[10:60] * (2 * targets[:, None] - 1) * 0.3
    one = block(X, labelling(targets, 3))
    # in an order that is not that of their size
    Cs = [1e4, 1e-4, 1e-2, 1e2, 1.0]

    def decisions(tol: float) -> dict[tuple[int, int], np.ndarray]:
        fits = LogisticRegression().fit_path(one, Cs, tol=tol)
        return {(at, fit.fold): fit.decision for at, fit in fits if isinstance(fit, FoldFit)}

    exact = decisions(0.0)
    for place, found in decisions(1e-4).items():
        assert (found == exact[place]).mean() > 0.9, place
