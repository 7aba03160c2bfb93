"""Runs made from Python: classes of the calling program, and names as in a spec."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch.nn as nn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from probing import (
    MultiStepOpt,
    PoolToken,
    RunExperiments,
    SingleStepOpt,
    evaluator,
    plan,
)
from probing import spec as specs
from probing.errors import ProbingError, SpecError
from probing.spec import ClassifierSpec


class Discriminant(SingleStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.name = "LDA"
        self.discrete_targets = True
        self.classifier = LinearDiscriminantAnalysis(n_components=1)


class OneLayer(MultiStepOpt):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.name = "SingleLayer"
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X):  # type: ignore[no-untyped-def]
        return self.linear(X)


@pytest.fixture
def folder(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a model, two datasets and a file that is none."""
    (tmp_path / "data").mkdir()
    for name in ("cats.jsonl", "sizes.jsonl"):
        shutil.copy(base / name, tmp_path / "data")
    (tmp_path / "data" / "README.md").write_text("what lies here")
    shutil.copytree(base / "tiny", tmp_path / "tiny")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_classes_of_the_calling_program(folder: Path) -> None:
    poolers = [
        PoolToken(layer=1),
        PoolToken(quantile=0.4),
        PoolToken(layer="all", layer_method="mean"),
    ]
    classes = [Discriminant, OneLayer]
    paths = sorted(map(str, Path("data").glob("*")))
    made = RunExperiments(3, paths, poolers, classes, ["tiny"], evaluator, "cpu")
    made.run_all()
    # a class that wants classes fails where the targets are numbers
    assert len(made.failures) == 3 and made.exit_code_ == 5
    assert all(
        "needs classes, but the targets are numbers" in reason for reason in made.failures.values()
    )
    of_task = made.log_data.filter(pl.col("control") == "")
    assert len(of_task) == 3 * 3 * 3
    assert set(of_task["classifier"]) == {"Discriminant", "OneLayer"}
    assert of_task["pooler"].n_unique() == 3
    regression = of_task.filter(pl.col("task") == "regression")
    assert regression["r2"].is_not_null().all() and regression["accuracy"].is_null().all()
    assert len(made.results.filter(pl.col("control") == "")) == 9
    for frame in (made.results, made.log_data):
        positives = frame.select("dataset", "positive").unique().sort("dataset").rows()
        assert positives == [("cats", "true"), ("sizes", "")]


def test_an_evaluator_of_ones_own(folder: Path) -> None:
    asked: list[bool] = []

    def half(predictions: object, classification: bool) -> dict[str, float]:
        asked.append(classification)
        return {"accuracy": 0.5}

    made = RunExperiments(3, ["data/cats.jsonl"], [PoolToken()], ["LDA"], ["tiny"], half, "cpu")
    made.run_all()
    assert asked and all(asked)
    assert np.allclose(made.log_data["accuracy"], 0.5)


def test_a_name_stands_for_its_sizes_beside_classes(folder: Path) -> None:
    given = [ClassifierSpec("PCALogistic", {"n_components": [1, 2]}), Discriminant, "KSparse"]
    made = RunExperiments(
        2, ["data/cats.jsonl"], [PoolToken()], given, ["tiny"], device="cpu", controls=()
    ).run_all()
    assert made.results["classifier"].str.starts_with("KSparse(k=").sum() == 9
    others = {"Discriminant", "PCALogistic(n_components=1)", "PCALogistic(n_components=2)"}
    assert set(made.results["classifier"]) >= others and not made.failures


def test_models_are_named_or_tables(folder: Path) -> None:
    def run(model: object, **options: object) -> RunExperiments:
        made = RunExperiments(
            3, ["data/cats.jsonl"], [PoolToken()], ["LDA"], [model], device="cpu", **options
        )
        return made.run_all()

    cut = run({"model": "tiny", "max_length": 4})
    events = [json.loads(line) for line in cut.run_.events.read_text().splitlines()]
    assert any(event.get("n_truncated") for event in events)
    assert run({"model": "tiny", "tokenizer": "tiny"}).failures == {}
    with pytest.raises(SpecError, match=r"unknown key 'max_lenght'.*max_length"):
        run({"model": "tiny", "max_lenght": 4})
    with pytest.raises(SpecError, match="'model' is missing"):
        run({"tokenizer": "tiny"})


def test_the_spec_of_a_run_reads_from_any_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = RunExperiments(
        3, ["data/*.jsonl"], [PoolToken(layer="each")], ["Ridge"], ["tiny"], device="cpu"
    )
    made.run_all()
    assert made.run_ is not None
    monkeypatch.chdir(folder.parent)
    again = plan.look_up(specs.load(made.run_.spec), made.run_.path)
    cells = json.loads(made.run_.plan.read_text())["cells"]
    assert [cell.id for cell in again.cells] == [cell["id"] for cell in cells]
    assert {cell.dataset for cell in again.cells} == {"cats", "sizes"}


def test_nothing_to_read_is_told(folder: Path) -> None:
    made = RunExperiments(3, ["data/README.md"], [PoolToken()], ["LDA"], ["tiny"], device="cpu")
    with pytest.raises(SpecError, match="no dataset at these paths"):
        made.run_all()
    with pytest.raises(ProbingError, match="nothing has run yet"):
        _ = made.log_data
