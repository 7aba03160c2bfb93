"""Reliability tables of real runs: they come to the calibration error of the results."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from probing import PoolToken, RunExperiments, evaluator, reliability
from probing.logs import RunView
from tui.cli import main


@pytest.fixture(scope="module")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunExperiments:
    folder = tmp_path_factory.mktemp("reliability")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        shutil.copytree(base / "tiny", folder / "tiny")
        shutil.copy(base / "cats.jsonl", folder)
        classifiers = ["LogisticRegression", "LinearSVM"]
        one = RunExperiments(
            4, ["cats.jsonl"], [PoolToken(layer=1)], classifiers, ["tiny"], evaluator, "cpu"
        )
        return one.run_all()


def test_bins_come_to_the_calibration_error(made: RunExperiments) -> None:
    assert made.run_ is not None
    view = RunView(made.run_)
    view.skim()
    frame = reliability([view])
    rows = frame.filter(pl.col("control") == "")
    assert set(rows["classifier"]) == {"LogisticRegression"}
    gaps = rows.select(((pl.col("accuracy") - pl.col("confidence")).abs() * pl.col("n")).sum())
    (wanted,) = made.results.filter(
        (pl.col("control") == "") & (pl.col("classifier") == "LogisticRegression")
    )["ece"]
    assert gaps.item() / rows["n"].sum() == pytest.approx(wanted, abs=1e-12)
    assert (rows["accuracy_low"] <= rows["accuracy"]).all()
    assert (rows["accuracy"] <= rows["accuracy_high"]).all()


def test_predictions_hold_probabilities_and_groups(made: RunExperiments) -> None:
    assert made.run_ is not None
    frame = pl.read_parquet(made.run_.predictions).filter(pl.col("control") == "")
    known = frame.filter(pl.col("classifier") == "LogisticRegression")
    log_odds = (known["probability"] / (1 - known["probability"])).log()
    assert (log_odds - known["score"]).abs().max() < 1e-6
    assert frame.filter(pl.col("classifier") == "LinearSVM")["probability"].null_count() > 0
    assert frame["group"].null_count() == 0


def test_the_command_prints_and_filters_them(
    made: RunExperiments, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made.run_ is not None
    logs = str(made.run_.path.parent.absolute())
    asked = ["results", "--logs", logs, "--reliability", "--where", "control= n>3"]
    assert main([*asked, "--format", "csv"]) == 0
    printed = pl.read_csv(capsys.readouterr().out.encode())
    assert printed.height > 0 and (printed["n"] > 3).all()
    assert printed.columns[-4:] == ["confidence", "accuracy", "accuracy_low", "accuracy_high"]
    assert main(asked) == 0
    assert "confidence" in capsys.readouterr().out
