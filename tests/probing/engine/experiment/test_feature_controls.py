"""Controls whose features are made of those of a layer, in whole runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from probing import results
from probing import spec as specs
from probing.engine.experiment import execute
from probing.logs import RunFolder
from tests.support.real_runs import RIDGE, new_run, viewed

TWO = '["random_direction", "shuffled_labels"]'


def test_it_stands_beside_every_cell_of_the_task(run: Callable[..., RunFolder]) -> None:
    folder = run(controls=TWO, classifiers=RIDGE, n_folds="3")
    frame = results([viewed(folder)])
    own = frame.filter(control="random_direction")
    assert own["layer"].to_list() == [0, 1, 2, 3] and set(own["n_folds"]) == {3}
    task = frame.filter(control="")
    assert (own["accuracy"] < task["accuracy"]).all()
    again = results([viewed(run(controls=TWO, classifiers=RIDGE, n_folds="3"))])
    assert again.drop("run").equals(frame.drop("run"))
    alone = results([viewed(run(controls="[]", classifiers=RIDGE, n_folds="3"))])
    assert alone["accuracy"].to_list() == task["accuracy"].to_list()


def test_one_that_breaks_fails_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("probing.engine.controls.random_direction.projections", broken)
    folder = new_run(base, tmp_path / "logs", controls=TWO)
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    state = viewed(folder).state
    assert set(state.failures.values()) == {"ValueError: no such luck"}
    assert (state.n_done, state.n_failed) == (8, 4)
    assert set(results([viewed(folder)])["control"]) == {"", "shuffled_labels"}
