"""Controls that need no activations: once for a dataset and classifier, whatever the model does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from probing import results
from probing import spec as specs
from probing.engine.experiment import execute
from probing.errors import ModelError
from probing.logs import RunFolder
from tests.support.real_runs import new_run, viewed

MANY = '[{pool="mean"},{pool="last"}]'


def test_majority_is_computed_once_on_the_folds_of_the_task(run: Callable[..., RunFolder]) -> None:
    folder = run(controls='["majority"]', poolers=MANY)
    [row] = results([viewed(folder)]).filter(control="majority").rows(named=True)
    assert (row["model"], row["site"], row["pooler"], row["layer"]) == ("", "", "", None)
    assert (row["classifier"], row["n_folds"], row["n_texts"]) == ("LDA", 4, 160)
    plan = json.loads(folder.plan.read_text())
    predicted = pl.read_parquet(folder.predictions).filter(control="", layer=1, pooler="mean")
    targets = predicted.sort("text")["target"].to_numpy() == "true"
    hits = []
    for fold in plan["folds"]["cats"]["task"]:
        test = np.array(fold["test"])
        train = np.delete(targets, test)
        hits.append(np.mean(targets[test] == (train.mean() > 0.5)))
    assert row["accuracy"] == pytest.approx(np.mean(hits))
    [block] = [one for one in plan["blocks"] if not one["layers_at"]]
    assert len(block["cells"]) == 1


def test_it_stands_where_the_model_cannot_be_had(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ModelError("cannot be had", where="tiny")

    monkeypatch.setattr("probing.engine.experiment.execution.LMModel.from_spec", refuse)
    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    assert execute(folder, specs.load(folder.spec), folder.path) == 3
    state = viewed(folder).state
    assert (state.n_done, state.n_failed) == (1, 4)
    assert list(results([viewed(folder)])["control"]) == ["majority"]


def test_one_that_breaks_fails_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("probing.engine.controls.Majority.fit", broken)
    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    [reason] = viewed(folder).state.failures.values()
    assert reason == "ValueError: no such luck"
    assert set(results([viewed(folder)])["control"]) == {""}


def test_a_resumed_run_computes_only_what_is_missing(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    with monkeypatch.context() as patched:
        patched.setattr("probing.engine.experiment.execution.LMModel.from_spec", interrupt)
        with pytest.raises(KeyboardInterrupt):
            execute(folder, specs.load(folder.spec), folder.path)
    assert viewed(folder).state.n_done == 1
    with monkeypatch.context() as patched:
        patched.setattr("probing.engine.controls.Majority.fit", interrupt)
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
    assert viewed(folder).state.n_done == 5
