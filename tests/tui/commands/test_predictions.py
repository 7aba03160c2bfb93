"""`probe-tui predictions`: rows and pictures of what a run kept."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.fake_runs import FakeRuns, Shape
from tests.support.kept_predictions import N_TEXTS, keep_predictions
from tui.cli import main

SHAPE = Shape(classifiers=("LDA",), n_layers=2)
CELL = ("--where", "layer=2")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("predictions")
    keep_predictions(FakeRuns(folder).finished("one", SHAPE), SHAPE.cells())
    return folder


def told(capsys: pytest.CaptureFixture[str], logs: Path, *more: str, code: int = 0) -> Any:
    assert main(["predictions", "one", "--logs", str(logs), *more]) == code
    return capsys.readouterr()


def test_one_cell_is_drawn_with_its_interval(capsys: Any, logs: Path) -> None:
    out = told(capsys, logs, *CELL).out
    assert out.startswith("truth · gpt2 · resid · mean · layer 2 · LDA\nconfusion matrix\naccuracy")
    assert "shuffled labels" in out and f"n {N_TEXTS} in {N_TEXTS // 2} groups, 4 folds" in out
    assert "decided as" in out and "recall  interval" in out
    for view, shown in (("scores", "┊"), ("roc", "░"), ("calibration", "●")):
        assert shown in told(capsys, logs, *CELL, "--view", view).out


def test_rows_of_several_cells_name_theirs(capsys: Any, logs: Path) -> None:
    out = told(capsys, logs, "--format", "csv").out
    frame = pl.read_csv(io.StringIO(out))
    assert sorted(frame["layer"].unique()) == [0, 1, 2] and set(frame["control"]) == {""}
    assert (frame.group_by("layer").agg(pl.col("n").sum())["n"] == N_TEXTS).all()
    kept = pl.read_parquet(logs / "one" / "predictions.parquet").filter(layer=2, control="")
    wrong = kept.filter(pl.col("prediction") != pl.col("target")).height
    off = frame.filter(pl.col("layer") == 2, pl.col("target") != pl.col("prediction"))
    assert off["n"].sum() == wrong


def test_mistakes_come_with_their_texts(capsys: Any, logs: Path) -> None:
    out = told(capsys, logs, *CELL, "--view", "errors", "--format", "json").out
    rows = json.loads(out)
    assert rows and all(row["shown"].startswith(f"Text {row['text']} of truth.") for row in rows)
    assert all(row["prediction"] != row["target"] for row in rows)


def test_two_cells_are_set_against_each_other(capsys: Any, logs: Path) -> None:
    given = (*CELL, "--view", "disagree", "--against")
    said = told(capsys, logs, *given, "layer=0").out
    assert "A layer 2   B layer 0" in said and "only A right" in said
    assert "keeps no influence values" in said  # why there is no interval
    assert "selects 3 cells, not one; say which layer" in told(capsys, logs, *given, "", code=2).err
    bare = told(capsys, logs, *CELL, "--view", "disagree", code=2).err
    assert "needs another cell" in bare


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--view", "residuals"), "binary has no view 'residuals'"),
        (("--where", "layer=9"), "no finished cell of this run fulfils this"),
    ],
)
def test_what_is_not_there_is_said(capsys: Any, logs: Path, given: Any, said: str) -> None:
    assert said in told(capsys, logs, *given).err


def test_a_run_that_kept_none_is_an_error(capsys: Any, tmp_path: Path) -> None:
    FakeRuns(tmp_path).finished("one", SHAPE)
    assert "has no predictions.parquet" in told(capsys, tmp_path, *CELL, code=1).err
