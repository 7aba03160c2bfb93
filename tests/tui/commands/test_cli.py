"""The command line in this process: arguments, listings, results, datasets, models, errors."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from probing.events import Logged, Waited
from probing.logs import RunView
from probing.logs.states.state import RunState
from probing.metric_names import METRICS
from tests.support.cli_runs import environment, working_folder, write_spec
from tests.support.fake_runs import FakeRuns, Shape
from tui import arguments as command_line
from tui.cli import main
from tui.texts.of_runs.run_line import worked_s

CELL = "run,dataset,task,model,site,pooler,layer,classifier,control"
SIZES = "n_folds,n_train,n_test,n_params"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("logs")
    runs = FakeRuns(folder)
    runs.finished("quickstart", Shape(n_layers=3))
    runs.with_failed_cells()
    runs.live()
    runs.killed()
    runs.failed()
    runs.cancelled()
    yield folder
    runs.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(working_folder(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PROBE_TUI_LOGS", str(tmp_path / "logs"))
    return tmp_path


Ran = tuple[int, str, str]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    code = main([str(one) for one in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def one_line(err: str) -> str:
    assert err.startswith("probe-tui: ") and err.count("\n") == 1, err
    return err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnus"], "did you mean 'runs'?"),
        (["--btch", "s.toml"], "did you mean '--batch'?"),
        (["results", "--format", "cvs"], "did you mean 'csv'?"),
        (["data", "lits"], "did you mean 'list'?"),
        (["attach"], "RUN"),
        (["--json"], "--batch"),
        (["--batch", "s.toml", "--detach", "--dry-run"], "cannot be combined"),
        (["--batch", "s.toml", "runs"], "cannot be combined"),
        ([], "needs a terminal"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in one_line(err)


def test_runs_are_listed_with_their_states(capsys: pytest.CaptureFixture[str], logs: Path) -> None:
    code, out, _ = run(capsys, "runs", "--logs", logs, "--json")
    states = {one["run"]: (one["state"], one["n_done"], one["n_failed"]) for one in json.loads(out)}
    assert code == 0
    assert states == {
        "quickstart": ("done", 12, 0),
        "rare-classes": ("done", 36, 3),
        "sweep": ("running", 15, 0),
        "killed": ("killed", 12, 0),
        "broken": ("failed", 0, 0),
        "stopped": ("cancelled", 3, 0),
    }
    code, out, _ = run(capsys, "--logs", logs, "runs")
    assert code == 0 and "36/39" in out and "cancelled" in out


def test_results_have_the_documented_columns_in_order(
    capsys: pytest.CaptureFixture[str], logs: Path
) -> None:
    code, out, _ = run(capsys, "results", "--logs", logs, "--run", "quickstart", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    metrics = [f"{name}{end}" for name in METRICS for end in ("", "_std", "_low", "_high")]
    expected = [*CELL.split(","), *SIZES.split(","), *metrics]
    assert code == 0
    assert list(rows[0])[: len(expected)] == expected
    assert len(rows) == 12
    assert float(rows[0]["accuracy_low"]) <= float(rows[0]["accuracy"])


def test_results_are_the_same_in_every_format(
    capsys: pytest.CaptureFixture[str], logs: Path, tmp_path: Path
) -> None:
    wanted = ["results", "--logs", logs, "--where", "control= layer>=2 run=quickstart"]
    code, out, _ = run(capsys, *wanted, "--format", "json")
    rows = json.loads(out)
    assert code == 0 and [row["layer"] for row in rows] == [2, 3]
    for name in ("r.parquet", "r.csv"):
        assert run(capsys, *wanted, "--output", tmp_path / name)[0] == 0
    assert pl.read_parquet(tmp_path / "r.parquet").to_dicts() == rows
    assert pl.read_csv(tmp_path / "r.csv")["accuracy"].to_list() == [r["accuracy"] for r in rows]


def test_results_are_sorted_cut_and_narrowed(
    capsys: pytest.CaptureFixture[str], logs: Path
) -> None:
    wanted = ["results", "--logs", logs, "--run", "quickstart", "--format", "json"]
    every = json.loads(run(capsys, *wanted)[1])
    best = json.loads(run(capsys, *wanted, "--sort", "-auroc", "--limit", "3")[1])
    assert [row["auroc"] for row in best] == sorted((r["auroc"] for r in every), reverse=True)[:3]
    by_two = json.loads(run(capsys, *wanted, "--sort=control,-layer", "--columns", "layer")[1])
    assert [list(row) for row in by_two] == [["layer"]] * 12
    assert [row["layer"] for row in by_two] == [3, 2, 1, 0] * 3
    code, out, _ = run(capsys, *wanted[:-2], "--columns", "layer,auroc", "--limit", "2")
    head, _, *rows = [line for line in out.splitlines() if line.strip()]
    assert code == 0 and head.split() == ["layer", "auroc"] and len(rows) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sort", "aurok"], "did you mean 'auroc'?"),
        (["--columns", "layr"], "did you mean 'layer'?"),
        (["--limit", "-2"], "--limit"),
        (["--limit", "many"], "not a whole number"),
    ],
)
def test_a_choice_of_rows_that_is_wrong_is_one_line(
    capsys: pytest.CaptureFixture[str], logs: Path, options: list[str], message: str
) -> None:
    code, out, err = run(capsys, "results", "--logs", logs, *options)
    assert (code, out) == (2, "") and message in one_line(err)


def test_the_time_of_a_run_is_that_of_all_its_attempts(tmp_path: Path) -> None:
    view = RunView(FakeRuns(tmp_path).cancelled())
    view.update()
    started = view.state.started
    assert started is not None
    state = RunState()
    times = [(0, 100.0), (0, 130.0), (1, 500.0), (1, 505.0), (2, 900.0), (2, 901.0)]
    for number, (attempt, at) in enumerate(times):
        event = Waited("") if number % 2 else replace(started, attempt=attempt)
        state.take([Logged(number, at, event)])
    view.state = state
    assert worked_s(view, view.state.last_time) == pytest.approx(30 + 5 + 1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--where", "layer=99"], "no rows: no finished cell"),
        (["--learning"], "learning_curve = ["),
        (["--reliability", "--where", "layer=99"], "gives probabilities"),
        (["--texts", "--where", "layer=99"], "no text that was tested"),
    ],
)
def test_no_rows_are_told_beside_the_data(
    capsys: pytest.CaptureFixture[str], logs: Path, options: list[str], told: str
) -> None:
    code, out, err = run(capsys, "results", "--logs", logs, *options, "--format", "csv")
    assert code == 0 and told in err
    assert out.startswith("run,dataset,") and len(out.splitlines()) == 1


def test_partial_results_add_the_cells_under_way(
    capsys: pytest.CaptureFixture[str], logs: Path
) -> None:
    wanted = ["results", "--logs", logs, "--run", "sweep", "--format", "json"]
    done = json.loads(run(capsys, *wanted)[1])
    partial = json.loads(run(capsys, *wanted, "--partial")[1])
    assert len(partial) == len(done) + 1
    assert min(row["n_folds"] for row in partial) == 2


def test_the_table_tells_interval_and_n(capsys: pytest.CaptureFixture[str], logs: Path) -> None:
    code, out, _ = run(capsys, "results", "--logs", logs, "--run", "quick", "--where", "layer=1")
    assert code == 0
    assert "quickstart · truth · gpt2 · resid · mean · LogisticRegression" in out
    assert "accuracy" in out and "[" in out and "2,000" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["results", "--run", "quikstart"], "did you mean 'quickstart'?"),
        (["results", "--where", "layr=3"], "did you mean 'layer'?"),
        (["attach", "swep"], "did you mean 'sweep'?"),
        (["cancel", "../x"], "no run named '../x'"),
        (["resume", ""], "no run named ''"),
    ],
)
def test_unknown_runs_and_columns_are_code_2(
    capsys: pytest.CaptureFixture[str], logs: Path, arguments: list[str], message: str
) -> None:
    code, out, err = run(capsys, *arguments, "--logs", logs)
    assert (code, out) == (2, "")
    assert message in one_line(err)


def test_attach_to_a_run_that_is_over_gives_its_code(
    capsys: pytest.CaptureFixture[str], logs: Path
) -> None:
    codes = {"quickstart": 0, "rare": 5, "broken": 3, "stopped": 130, "killed": 1}
    for name, code in codes.items():
        assert run(capsys, "attach", name, "--logs", logs)[0] == code, name
    assert "resume killed" in run(capsys, "attach", "killed", "--logs", logs)[2]


def test_dry_run_tells_the_cost_and_makes_nothing(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, _ = run(capsys, "--batch", "s.toml", "--dry-run")
    assert code == 0
    assert "7 cells" in out and "tokens" in out and "FLOPs" in out
    code, out, _ = run(capsys, "--batch", "s.toml", "--dry-run", "--json", "--set", "controls=[]")
    plan = json.loads(out)
    assert (code, plan["cost"]["n_cells"], len(plan["cells"])) == (0, 3, 3)
    assert not (folder / "logs").exists()


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"n_fold": 3}, 2, "did you mean 'n_folds'?"),
        ({"classifiers": ["LDDA"]}, 2, "did you mean 'LDA'?"),
        ({"classifiers": ["gone.py:Probe"]}, 2, "gone.py"),
        ({"classifiers": [{"name": "LDA", "shrinkge": 1}]}, 2, "shrinkge"),
        ({"poolers": [{"pool": "mean", "layer": 7}]}, 2, "layer"),
        ({"datasets": ["dd.csv"]}, 3, "dd.csv"),
        ({"datasets": [{"path": "d.csv", "text": "txt"}]}, 3, "txt"),
        ({"models": ["./nowhere"]}, 3, "nowhere"),
        ({"name": "../x"}, 2, "cannot be used as a folder name"),
    ],
)
def test_a_spec_that_cannot_run_is_refused_before_any_folder_is_made(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    changes: dict[str, object],
    code: int,
    message: str,
) -> None:
    write_spec(folder, **changes)
    got, out, err = run(capsys, "--batch", "s.toml")
    assert (got, out) == (code, "")
    assert message in one_line(err)
    assert not (folder / "logs").exists()


def test_a_plug_in_that_does_not_import_is_refused(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "mine.py").write_text("import no_such_module\n")
    code, _, err = run(capsys, "--batch", "s.toml", "--set", 'classifiers=["mine.py:Probe"]')
    assert code == 2
    assert "no_such_module" in one_line(err)


def test_a_logs_folder_that_cannot_be_written_is_refused(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, _, err = run(capsys, "--batch", "s.toml", "--logs", folder / "d.csv" / "logs")
    assert code == 2
    assert "cannot be written" in one_line(err) and "--logs" in err


def test_the_spec_can_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO((folder / "s.toml").read_bytes()))
    monkeypatch.setattr("sys.stdin", stream)
    code, out, _ = run(capsys, "--batch", "-", "--dry-run")
    assert code == 0 and "7 cells" in out


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, _, err = run(capsys, "--batch", "gone.toml", "--debug")
    assert code == 2
    assert "Traceback" in err and err.splitlines()[-1].startswith("probe-tui: gone.toml")


def test_our_own_bugs_are_one_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("so\nmuch")

    monkeypatch.setattr("tui.commands.of_runs.runs.listed_runs", broken)
    code, _, err = run(capsys, "runs")
    assert code == 1
    assert "internal error" in one_line(err) and "--debug" in err


def test_data_list_names_the_shipped_ones_and_ours(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "data").mkdir()
    (folder / "d.csv").rename(folder / "data" / "mine.csv")
    code, out, _ = run(capsys, "data", "list", "--json")
    facts = {one["name"]: one for one in json.loads(out)}
    assert code == 0
    assert facts["mine"]["n_rows"] == 20 and facts["truth"]["task"] == "binary"
    code, out, _ = run(capsys, "data", "list")
    assert code == 0 and "mine.csv" in out


def test_data_check_tells_facts_or_the_row_that_is_wrong(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, _ = run(capsys, "data", "check", "d.csv")
    assert code == 0
    assert "binary, 20 rows" in out and "a red cat 0" in out
    (folder / "bad.csv").write_text("sentence,y\none,1\n,0\nthree,1\n")
    code, out, err = run(capsys, "data", "check", "bad.csv", "--text", "sentence", "--target", "y")
    assert (code, out) == (3, "")
    assert "no text" in one_line(err) and "3" in err


def test_data_check_tells_a_class_too_small_for_the_usual_folds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [f"word{at} and more of it" for at in range(40)]
    for rare, told in ((3, "class 'rare' has too few texts for 10 folds (3 texts)"), (10, "")):
        rows = [f"{word},{'rare' if at < rare else 'usual'}" for at, word in enumerate(words)]
        Path("d.csv").write_text("\n".join(["text,label", *rows]))
        _, out, _ = run(capsys, "data", "check", "d.csv")
        assert ("too few texts" in out) is bool(told) and told in out


def test_data_check_tells_what_the_audit_found(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    texts = [f"word {'and more ' * (3 * (at % 2) + at % 3)}{at}" for at in range(60)]
    rows = [f"{text},{at % 2}" for at, text in enumerate([*texts, texts[0]])]
    (folder / "long.csv").write_text("text,label\n" + "\n".join(rows))
    code, out, _ = run(capsys, "data", "check", "long.csv")
    assert code == 0 and "  warning  label follows length: " in out
    assert "  note     duplicates: 1 of 61 rows repeat a text" in out
    code, out, _ = run(capsys, "data", "check", "long.csv", "--json")
    kinds = {one["kind"]: one["severity"] for one in json.loads(out)[0]["findings"]}
    assert kinds["label_follows_length"] == "warning" and kinds["duplicates"] == "note"


def test_text_from_outside_cannot_drive_the_terminal(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    rows = "".join(f"\x1b]52;c;AAAA\x07 [red]{at}[/],{at % 2}\n" for at in range(8))
    (folder / "evil.csv").write_text(f"text,label\n{rows}")
    code, out, _ = run(capsys, "data", "check", "evil.csv")
    assert code == 0
    assert "\x1b" not in out and "\x07" not in out and "[red]" in out


def test_data_make_writes_the_same_bytes(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for name in ("a", "b"):
        assert run(capsys, "data", "make", folder / name, "tense")[0] == 0
    first, second = (folder / name / "tense.jsonl" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_data_get_lists_sources_and_licences(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "data", "get")
    assert code == 0 and "senteval" in out and "https://" in out
    code, _, err = run(capsys, "data", "get", "senteval_tree_dept")
    assert code == 3 and "senteval_tree_depth" in one_line(err)


def test_models_tell_their_facts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, _ = run(capsys, "models", folder, "--json")
    tiny = next(one for one in json.loads(out) if one["name"].endswith("tiny"))
    assert code == 0
    assert (tiny["n_layers"], tiny["d_model"], tiny["n_params"]) == (2, 4, 2)
    assert "tiny" in run(capsys, "models", folder)[1]


def test_help_imports_nothing_that_costs(tmp_path: Path) -> None:
    code = "import sys; from tui.cli import main; main(['--help']); print(*sys.modules)"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path))
    loaded = {name.partition(".")[0] for name in told.stdout.splitlines()[-1].split()}
    assert "usage: probe-tui" in told.stdout
    assert not loaded & {"rich", "textual", "polars", "numpy", "plotext", "torch", "asyncio"}


def test_a_reader_that_leaves_is_no_error(tmp_path: Path, logs: Path) -> None:
    command = f"{sys.executable} -m tui.cli results --logs {logs} --format csv | head -n 1"
    told = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment(tmp_path)
    )
    assert told.stdout.startswith(CELL) and told.stderr == ""


@pytest.mark.parametrize("line", ["", "--batch a.toml --json", "--logs runs", "--debug --ascii"])
def test_a_line_without_a_command_is_read_as_by_the_whole_parser(line: str) -> None:
    given = line.split()
    assert vars(command_line.read(given)) == vars(command_line.build().parse_args(given))
