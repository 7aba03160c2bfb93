"""The trial of choices counts those of every kind, and sees one that differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor

from benchmarks import strength_choices
from probing.engine.solvers.penalised.strength_choice import Choice
from probing.engine.solvers.rows.training_sets import TrainingSets

SHORT = ["--kinds", "tiny", "--seeds", "1", "--folds", "2"]


def counted(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]


def test_each_labelling_fold_loss_and_scaling_is_a_choice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    strength_choices.main(SHORT)
    n = str(2 * 2 * 2 * 2 * 2)
    assert counted(capsys) == [["tiny", n, "0"], ["all", n, "0"]]


def test_a_choice_that_differs_is_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def chosen(_: Any, __: Any, sets: TrainingSets, strengths: Tensor, **rounds: Any) -> Choice:
        first = Choice.given(len(sets), strengths)
        return first if rounds else replace(first, strength=first.strength + 1)

    monkeypatch.setattr(strength_choices, "choose_strength", chosen)
    strength_choices.main(SHORT)
    assert counted(capsys)[-1] == ["all", "32", "32"]
