"""What losses may still move is told by what they moved, fold by fold and at its most."""

from __future__ import annotations

import pytest
import torch

from probing.engine.solvers.penalised.movements import Losses, Movements


def losses(*folds: float, gain: float) -> Losses:
    return Losses(torch.tensor([folds], dtype=torch.float64), torch.tensor([gain]).double())


def test_the_most_movement_of_all_strengths_bounds_what_is_left():
    movements = Movements(1, 2, 2, torch.zeros(1, dtype=torch.float64))
    only = torch.tensor([0])
    movements.take(only, 0, losses(0.3, 0.5, gain=1e-6), losses(0.4, 0.4, gain=1e-2))
    root = 0.2 / 0.8 / (1e-1 - 1e-3)  # the folds' moves do not cancel
    assert float(movements.left(only, 0)) == pytest.approx(10 * root * 1e-3)
    movements.take(only, 1, losses(0.2, 0.2, gain=1e-4), losses(0.2, 0.2, gain=1e-2))
    assert float(movements.left(only, 1)) == pytest.approx(10 * root * 1e-2)
    movements.take(only, 1, losses(0.2, 0.21, gain=1e-12), None)
    assert float(movements.left(only, 1)) == pytest.approx(1e-4)  # rounding


def test_without_a_move_nothing_is_known():
    movements = Movements(1, 1, 2, torch.zeros(1, dtype=torch.float64))
    only = torch.tensor([0])
    movements.take(only, 0, losses(0.3, 0.5, gain=5e-3), losses(0.4, 0.4, gain=1e-2))
    assert float(movements.left(only, 0)) == torch.inf
