"""Where problems end with one strength they begin with the next, without new products."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from probing.engine.solvers.penalised.lbfgs import Search, minimise
from probing.engine.solvers.penalised.linear_models import cold_start
from probing.engine.solvers.penalised.losses import Bernoulli, Softmax
from probing.engine.solvers.penalised.places import Place
from tests.probing.engine.solvers.test_held_out_losses import problems_of


@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_place_serves_another_strength(n_classes):
    loss = Bernoulli() if n_classes == 2 else Softmax(n_classes)
    design, problems, _ = problems_of("plain", n_classes, 0.1)
    start = cold_start(design, loss, problems)
    place = Place.of(design, loss, problems, start)
    found = minimise(design, loss, problems, start, tolerance=1e-6, place=place)
    weaker = replace(problems, l2=problems.l2 / 7)
    fresh = Search(design, loss, weaker, found.weights)
    taken = Search(design, loss, weaker, found.weights, place)
    limits = {"rtol": 1e-8, "atol": 1e-12}
    for name in ("logits", "pressure", "gradient", "curvature", "size"):
        torch.testing.assert_close(getattr(taken, name), getattr(fresh, name), **limits)
    rows = torch.tensor([2, 0])
    some = Search(design, loss, weaker.rows(rows), found.weights[rows], place.rows(rows))
    torch.testing.assert_close(some.gain(), fresh.gain()[rows])
