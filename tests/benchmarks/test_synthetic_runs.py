"""Synthetic finished runs: real to every reader, of the shape that is asked for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.many_runs.folder import MODELS, write_logs
from benchmarks.runs.synthetic import CONTROLS, TASKS, RunShape, copy_run, write_run
from probing.logs import RunFolder, RunView
from probing.logs.index.listed_runs import listed_runs
from probing.logs.results.closing_tables import changed_tables, read_table
from probing.logs.results.tables import folds, result_schema, results

SMALL = RunShape(n_datasets=3, n_poolers=1, n_classifiers=2, n_layers=3, n_folds=4, n_shuffles=2)
ONE_FOLD = RunShape(2, 1, 2, 3, n_folds=1, n_shuffles=2)
FAILING = RunShape(2, 2, 2, 2, n_folds=2, n_shuffles=2, n_failed=3)


def views(run: RunFolder) -> tuple[RunView, RunView]:
    """The run skimmed, and read whole."""
    brief, whole = RunView(run), RunView(run)
    brief.skim()
    whole.update()
    assert not brief.has_folds and whole.has_folds and whole.damage == ""
    return brief, whole


@pytest.mark.parametrize("shape", [SMALL, ONE_FOLD, FAILING])
def test_the_closing_table_equals_the_events(tmp_path: Path, shape: RunShape) -> None:
    run = write_run(tmp_path / "run", shape, seed=1)
    brief, whole = views(run)
    got, expected = results([brief]), results([whole])
    assert_frame_equal(got, expected, check_exact=True)
    assert not brief.has_folds and dict(got.schema) == result_schema()
    assert got.height == shape.n_cells - shape.n_failed * len(CONTROLS) == brief.state.n_done
    assert brief.state.n_failed == shape.n_failed * len(CONTROLS)
    assert brief.status() == "done" and changed_tables(brief) == []


def test_every_kind_of_column_is_filled(tmp_path: Path) -> None:
    got = results([views(write_run(tmp_path / "run", SMALL))[0]])
    assert set(got["task"]) == set(TASKS) and set(got["control"]) == set(CONTROLS)
    for name in ("f1", "auroc_low", "r2_high", "mse_std", "accuracy_band_low", "auroc_best"):
        assert got[name].count(), name
    assert got["accuracy_p_chance"].count() and got["n_groups"].null_count() == 0
    assert got.filter(pl.col("flags") != "").height and "true" in set(got["positive"])
    one = results([views(write_run(tmp_path / "one", ONE_FOLD))[0]])
    assert one["n_folds"].unique().to_list() == [1] and one["accuracy_low"].count()


def test_scores_are_those_of_the_events(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", SMALL)
    brief, whole = views(run)
    assert_frame_equal(read_table(brief, run.scores), folds([whole]), check_exact=True)


def test_copies_are_runs_of_their_own_and_old_ones_have_no_tables(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", ONE_FOLD)
    second = copy_run(first, tmp_path / "b")
    old = write_run(tmp_path / "c", ONE_FOLD, closed=False)
    assert [path.name for path in sorted(old.path.iterdir())] == [
        "events.jsonl", "plan.json", "spec.toml",
    ]  # fmt: skip
    made = [RunView(run) for run in (second, first, old)]
    for view in made:
        view.skim()
    frame = results(made)
    assert frame["run"].unique(maintain_order=True).to_list() == ["a", "b", "c"]
    parts = [part.drop("run") for part in frame.partition_by("run")]
    assert_frame_equal(parts[0], parts[1])
    assert_frame_equal(parts[0], parts[2])


def test_a_folder_of_many_runs_is_one_of_runs(tmp_path: Path) -> None:
    n_runs = len(MODELS) + 1
    write_logs(tmp_path / "logs", n_runs, RunShape(2, 1, 1, 2, n_folds=2, n_shuffles=1))
    found = listed_runs(tmp_path / "logs")
    assert [view.status() for view in found] == ["done"] * n_runs
    starts = [view.brief.first_time for view in found]
    assert starts == sorted(starts, reverse=True)
    for view in found[:2]:
        brief, whole = views(view.run)
        assert_frame_equal(results([brief]), results([whole]))
