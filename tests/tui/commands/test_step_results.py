"""Results of checkpoints by training step, on the command line and in the closing report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.logs import RunView
from tests.support.fake_runs import FakeRuns, Shape
from tui.cli import main
from tui.console.reports.closing_report import report

MODELS = ("org/m@step0", "org/m@step1000", "gpt2")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    FakeRuns(tmp_path).finished("run", Shape(models=MODELS, n_layers=4, has_levels=True))
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], logs: Path, *arguments: str) -> str:
    assert main(["results", "--steps", "--logs", str(logs), *arguments]) == 0
    return capsys.readouterr().out


def test_scores_are_drawn_by_step_and_listed(capsys, logs: Path) -> None:
    out = shown(capsys, logs)
    assert out.count("by training step") == 1 and "org/m@step*" in out
    assert "gpt2" not in out and "org/m@step1000" in out
    one = shown(capsys, logs, "--where", "layer=2")
    assert "by training step, layer 2" in one


def test_rows_have_the_step_as_data(capsys, logs: Path) -> None:
    rows = json.loads(shown(capsys, logs, "--format", "json", "--where", "layer=2 control="))
    assert [(row["model"], row["step"]) for row in rows] == [(MODELS[0], 0), (MODELS[1], 1000)]
    assert main(["results", "--logs", str(logs), "--where", "step>0", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["model"] for row in rows} == {MODELS[1]}


def test_where_there_is_one_step_it_is_said(capsys, logs: Path) -> None:
    assert main(["results", "--steps", "--logs", str(logs), "--where", "step=0"]) == 0
    told = capsys.readouterr()
    assert "no rows: no finished cell of checkpoints at two steps or more" in told.err


def test_the_closing_report_draws_them_too(capsys, tmp_path: Path) -> None:
    shape = Shape(models=MODELS, n_layers=4, has_levels=True)
    view = RunView(FakeRuns(tmp_path).finished("run", shape))
    view.update()
    report(view)
    out = capsys.readouterr().out
    assert out.count("by layer") == 3 and out.count("by training step") == 1
    assert "chance" in out.partition("by training step")[2].partition("\n\n")[0]
