"""What rows are copied as gives exactly these rows."""

from __future__ import annotations

import json
import shlex
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from probing.errors import SpecError
from probing.logs import RunView, find_run, list_runs
from probing.logs.folders.run_marks import write_tags
from probing.logs.folders.tagged_runs import tagged
from probing.logs.results.tables import KEYS, results
from probing.query import matches
from probing.spec import parse
from tests.support.fake_runs import FakeRuns, Shape
from tui.cli import main
from tui.results.filter_facts import facts_of_cells
from tui.results.verbs.commands import batch_command, compare_command, results_command
from tui.results.verbs.copying import MAKERS
from tui.results.verbs.python_lines import python_lines
from tui.results.verbs.standing import Standing
from tui.results.view import Wish, shown_of

SHAPE = Shape(("truth",), ("gpt2",), ("mean", "first"), ("LDA", "Ridge"), 3, has_levels=True)
QUERIES = [
    "",
    "layer>1 control=",
    "control!= pooler=MEAN",
    "layer!=2",
    "layer= accuracy<.9123",
    "lda classifier!=Ridge run!=b",
    "layer > 1 AND classifier = 'LDA'",
]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs that are over, and one that is not."""
    fake = FakeRuns(tmp_path_factory.mktemp("with space") / "logs")
    for name in ("a", "b"):
        fake.finished(name, SHAPE)
    fake.killed("c")
    return fake.logs


@pytest.fixture(scope="module")
def frame(logs: Path) -> pl.DataFrame:
    """All cells."""
    views = [RunView(run) for run in list_runs(logs)]
    for view in views:
        view.skim()
    return results(views)


def standing(logs: Path, frame: pl.DataFrame, query: str) -> Standing:
    views = {run.name: RunView(run) for run in list_runs(logs)}
    key = ("a", "truth", "gpt2", "resid", "mean", "LDA", "")
    return Standing(logs, views, shown_of(frame, Wish(query)), query, key)


@pytest.mark.parametrize("query", QUERIES)
def test_python_loads_exactly_these_rows(logs: Path, frame: pl.DataFrame, query: str) -> None:
    kept = matches(frame, query)
    told = MAKERS["p"](standing(logs, frame, query)).text
    assert ("c" in kept["run"]) == ('# "c" is not over' in told)
    found: dict[str, Any] = {}
    exec(told, found)
    expected = kept.filter(pl.col("run") != "c").select("run", *KEYS, "accuracy", "accuracy_low")
    rows = found["rows"].select(expected.columns)
    assert rows.sort(pl.all()).equals(expected.sort(pl.all())) and rows.height
    of_cells = found["folds"].select("run", *KEYS).unique()
    assert of_cells.sort(pl.all()).equals(expected.select("run", *KEYS).sort(pl.all()))


def test_python_of_tagged_runs_names_them(logs: Path, frame: pl.DataFrame) -> None:
    runs = list_runs(logs)
    write_tags(find_run(logs, "b"), ["paper"])
    query, key = "tag=paper layer>1", ("b", "truth", "gpt2", "resid", "mean", "LDA", "")
    shown = shown_of(frame, Wish(query), partial(tagged, runs))
    here = Standing(logs, {run.name: RunView(run) for run in runs}, shown, query, key)
    told = MAKERS["p"](here).text
    found: dict[str, Any] = {}
    exec(told, found)
    assert found["runs"] == ["b"] and told.splitlines()[0] == "# the runs that fulfil tag=paper"
    assert found["rows"].height == matches(frame, "run=b layer>1").height
    assert facts_of_cells(shown.cells, runs)["tag"] == ["paper"]
    assert here.runs_of(query) == ["b"] and here.runs_of("tag= control=") == ["a", "c"]


def test_names_cannot_break_out_of_the_lines() -> None:
    name = 'x"; import os\x1b[2J\n'
    told = python_lines(Path("/logs"), [name], f'run="{name[:2]}"', {"run": pl.String()}, [])
    assert json.dumps(name) in told and "\x1b" not in told
    compile(told, "lines", "exec")


@pytest.mark.parametrize("query", ["layer>1 control=", ""])
def test_the_command_prints_exactly_these_rows(
    logs: Path,
    frame: pl.DataFrame,
    query: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program, *given = shlex.split(MAKERS["r"](standing(logs, frame, query)).text)
    assert program == "probe-tui" and main([*given, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == matches(frame, query).height


def test_the_spec_reaches_the_command_whole(logs: Path, frame: pl.DataFrame) -> None:
    here = standing(logs, frame, "")
    toml = MAKERS["t"](here).text
    command = MAKERS["c"](here).text
    start = command.partition(" <<")[0]
    # the run lands where this one was found, whatever the folder of the shell
    assert shlex.split(start) == ["probe-tui", "--batch", "-", "--logs", str(logs)]
    command = command.replace(start, "cat", 1)
    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert told == toml and parse(told) == parse((logs / "a" / "spec.toml").read_text())
    assert batch_command("SPEC\nx", Path("/l")).splitlines()[-1] == "SPEC_"
    assert MAKERS["f"](here).text == f"{logs / 'a'}\n"


def test_what_holds_quotes_is_quoted_for_the_shell() -> None:
    told = results_command(Path("/a b"), 'run="it\'s"')
    expected = ["probe-tui", "results", "--logs", "/a b", "--where", 'run="it\'s"']
    assert shlex.split(told) == expected
    assert shlex.split(compare_command(Path("/l"), "a b", "c", "f1"))[2:4] == ["a b", "c"]


def test_a_spec_that_is_gone_is_told(tmp_path: Path, frame: pl.DataFrame) -> None:
    run = FakeRuns(tmp_path).finished("a", Shape(n_layers=1))
    run.spec.unlink()
    with pytest.raises(SpecError, match="cannot be read"):
        MAKERS["c"](standing(tmp_path, frame, ""))
