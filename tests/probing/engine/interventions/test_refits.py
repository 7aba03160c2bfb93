"""Directions of probes of shuffled labels: of as many labellings as are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from probing.datasets import from_mapping
from probing.engine.blocks import Block, FoldFit
from probing.engine.interventions.refits import Refit
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.spec import PoolerSpec
from tests.support.probe_cards import a_card


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


class Records:
    """A classifier that fits nothing, and keeps the labellings that it was given."""

    def __init__(self, needs_validation: bool) -> None:
        self.needs_validation = needs_validation
        self.seen: list[Labelling] = []

    def fit(self, block: Block) -> Iterator[FoldFit]:
        self.seen += block.labellings
        return iter(())


@pytest.mark.parametrize(("stops_early", "n_val"), [(True, 10), (False, 0)])
def test_what_stops_early_sets_a_part_apart_as_in_its_run(
    stops_early: bool, n_val: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"text {at}" for at in range(50)]
    data = from_mapping({"texts": texts, "labels": ["a", "b"] * 25})
    made = Records(stops_early)
    monkeypatch.setattr("probing.engine.interventions.refits.load", lambda entry: made)
    monkeypatch.setattr(Refit, "_features", lambda self: torch.zeros(1, 50, 1, 2))
    model: Any = None
    refit = Refit(model, a_card("p"), data, PoolerSpec("mean"), 0, 0.2)
    with pytest.raises(CellError, match="no direction"):
        refit.shuffled_units(1, 0)
    for one in made.seen:
        (fold,), (inner,) = one.folds, one.inner
        assert len(fold.val) == n_val and len(fold.train) + n_val == len(inner) == 40
        assert not set(fold.test) & {*fold.val, *fold.train}
