"""What losses may still move is told by what they moved, fold by fold and at its most."""

from __future__ import annotations

import pytest
import torch

from probing.engine.solvers.penalised.movements import Losses, Movements


def losses(*folds: float, gain: float) -> Losses:
    return Losses(torch.tensor([folds], dtype=torch.float64), torch.tensor([gain]).double())


def movements(*strengths: float, n_inner: int = 2, may_part: bool = False) -> Movements:
    like = torch.zeros(1, dtype=torch.float64)
    return Movements(1, torch.tensor(strengths).double(), n_inner, may_part, like)


def test_the_most_movement_of_all_strengths_bounds_what_is_left():
    of_two = movements(1, 100)
    only = torch.tensor([0])
    of_two.take(only, 0, losses(0.3, 0.5, gain=1e-6), losses(0.4, 0.4, gain=1e-2))
    root = 0.2 / 0.8 / (1e-1 - 1e-3)  # the folds' moves do not cancel
    assert float(of_two.left(only, 0)) == pytest.approx(10 * root * 1e-3)
    of_two.take(only, 1, losses(0.2, 0.2, gain=1e-4), losses(0.2, 0.2, gain=1e-2))
    assert float(of_two.left(only, 1)) == pytest.approx(10 * root * 1e-2)
    of_two.take(only, 1, losses(0.2, 0.21, gain=1e-12), None)
    assert float(of_two.left(only, 1)) == pytest.approx(1e-4)  # rounding


def test_a_weaker_penalty_may_move_more_where_inner_folds_may_part_their_classes():
    bent = movements(1, 100, may_part=True)
    only = torch.tensor([0])
    bent.take(only, 0, losses(0.3, 0.5, gain=1e-6), losses(0.4, 0.4, gain=1e-2))
    root = 0.2 / 0.8 / (1e-1 - 1e-3)
    bent.take(only, 1, losses(0.2, 0.2, gain=1e-4), losses(0.2, 0.2, gain=1e-2))
    assert float(bent.left(only, 0)) == pytest.approx(10 * root * 1e-3)
    assert float(bent.left(only, 1)) == pytest.approx(10 * root * 10 * 1e-2)  # root of 100 / 1


def test_without_a_move_nothing_is_known():
    of_one = movements(1)
    only = torch.tensor([0])
    of_one.take(only, 0, losses(0.3, 0.5, gain=5e-3), losses(0.4, 0.4, gain=1e-2))
    assert float(of_one.left(only, 0)) == torch.inf
