"""The results that a real run closes with are those that its events give."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from probing.logs import RunFolder, RunView
from probing.logs.results.tables import result_schema, results
from tests.support.real_runs import finish, new_run, start, viewed, wait_for


def given_split(base: Path, folder: Path) -> Path:
    """The dataset with a split of its own, which makes one fold."""
    rows = map(json.loads, (base / "cats.jsonl").read_text().splitlines())
    parts = ("train", "train", "val", "test")
    cut = [{**row, "split": parts[at % 4]} for at, row in enumerate(rows)]
    path = folder / "given.jsonl"
    path.write_text("\n".join(map(json.dumps, cut)))
    return path


def same_results(run: RunFolder) -> pl.DataFrame:
    brief = RunView(run)
    brief.skim()
    got = results([brief])
    assert not brief.has_folds
    assert_frame_equal(got, results([viewed(run)]), check_exact=True)
    assert dict(got.schema) == result_schema()
    return got


def test_several_tasks_with_controls_and_failed_cells(base: Path, tmp_path: Path) -> None:
    changes = {
        "datasets": f'["{base}/cats.jsonl", "{base}/sizes.jsonl"]',
        "classifiers": f'["Ridge", "LDA", "{base}/plugin.py:Broken"]',
    }
    run = new_run(base, tmp_path / "logs", **changes)
    assert finish(run) == 5
    got = same_results(run)
    assert {"", "majority", "shuffled_labels"} == set(got["control"])
    assert {"binary", "regression"} == set(got["task"])
    assert got["f1"].count() and got["r2"].count() and got["flags"].count()
    view = RunView(run)
    view.skim()
    assert view.state.n_failed > 0 and view.state.failures_by_reason
    assert view.state.failures_by_reason == viewed(run).state.failures_by_reason


def test_one_fold_with_bootstrap_bounds(base: Path, tmp_path: Path) -> None:
    data = given_split(base, tmp_path)
    run = new_run(base, tmp_path / "logs", datasets=f'["{data}"]', split='"given"')
    assert finish(run) == 0
    got = same_results(run).filter(control="")
    assert got["n_folds"].to_list() == [1] * got.height and got["accuracy_low"].count()


def test_a_run_that_was_cancelled_and_resumed(base: Path, tmp_path: Path) -> None:
    values = {"classifiers": f'["{base}/plugin.py:Slow", "LDA"]', "n_shuffles": "1"}
    run = new_run(base, tmp_path / "logs", **values)
    runner = start(run)
    wait_for(lambda: viewed(run).state.blocks)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(timeout=60) == 130
    brief, full = RunView(run), viewed(run)
    brief.skim()
    assert not brief.has_folds and brief.status() == "cancelled"
    assert (brief.state.n_done, brief.state.n_cells) == (full.state.n_done, full.state.n_cells)
    assert_frame_equal(results([brief]), results([full]), check_exact=True)
    assert finish(run) == 0
    assert same_results(run).height == viewed(run).state.n_cells
