"""Directions of probes of shuffled labels: of as many labellings as are asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.interventions.refits import Refit
from probing.errors import CellError


class Draws(Refit):
    """Of labellings without a direction as many as `without` says, from the first."""

    without = 0

    def __init__(self) -> None:
        pass

    def _features(self) -> torch.Tensor:
        return torch.zeros(1)

    def _units(self, features, draws, at):  # type: ignore[no-untyped-def]
        return [np.full(2, float(draw)) for draw in draws if draw >= self.without]


@pytest.mark.parametrize(("without", "drawn"), [(0, [0, 1, 2]), (2, [2, 3, 4]), (3, [3, 4, 5])])
def test_labels_without_a_direction_are_drawn_again(
    without: int, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Draws, "without", without)
    assert Draws().shuffled_units(3, 0)[:, 0].tolist() == drawn


def test_that_none_has_a_direction_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Draws, "without", 1000)
    with pytest.raises(CellError, match=r"no direction.*--shuffled 0"):
        Draws().shuffled_units(3, 0)
