"""`runs`, `results` and `resume` over runs that are over: from what they closed with, or said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from probing.logs.index import all_cells
from probing.logs.states import run_view
from tests.support.closing import flip, tell
from tests.support.fake_runs import FakeRuns, Shape
from tui.cli import main

SMALL = Shape(n_layers=2)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    fake = FakeRuns(tmp_path / "logs")
    yield fake
    fake.close()


def printed(capsys: pytest.CaptureFixture[str], runs: FakeRuns, *command: str) -> tuple[str, str]:
    """What a command prints, and what it tells."""
    assert main([*command, "--logs", str(runs.logs)]) == 0
    told = capsys.readouterr()
    return told.out, told.err


def listed(capsys: pytest.CaptureFixture[str], runs: FakeRuns) -> list[dict[str, Any]]:
    out, _ = printed(capsys, runs, "runs", "--json")
    rows: list[dict[str, Any]] = json.loads(out)
    return sorted(rows, key=lambda row: str(row["run"]))


def test_a_list_of_runs_is_the_same_whichever_version_wrote_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lists = []
    for is_old in (False, True):
        made = FakeRuns(tmp_path / f"{is_old}" / "logs", is_old=is_old)
        for how in ("finished", "with_failed_cells", "failed", "cancelled", "killed", "waiting"):
            getattr(made, how)()
        lists.append(listed(capsys, made))
        made.close()
    for row in (*lists[0], *lists[1]):
        assert row.pop("elapsed_s") >= 0
        assert row.pop("started") and row.pop("folder")
    assert lists[0] == lists[1] and len(lists[0]) == 6


def test_finished_runs_are_listed_and_read_without_their_events(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.finished("a", SMALL)
    runs.with_failed_cells("b")
    before = printed(capsys, runs, "results", "--format", "csv")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a log was read")

    monkeypatch.setattr(run_view, "read_on", refuse)
    assert [row["n_done"] for row in listed(capsys, runs)] == [9, 36]
    assert printed(capsys, runs, "results", "--format", "csv") == before
    assert before[1] == "" and len(before[0].splitlines()) == 1 + 9 + 36


@pytest.mark.parametrize("which", [(), ("--run", "a")])
def test_a_changed_table_is_told_once_and_its_rows_come_from_the_events(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns, which: tuple[str, ...]
) -> None:
    run = runs.finished("a", SMALL)
    command = ("results", "--format", "csv", *which)
    rows, told = printed(capsys, runs, *command)
    assert told == ""
    flip(run)
    again, told = printed(capsys, runs, *command)
    assert again == rows
    assert told.startswith(f"warning: {run.results}: has changed since the run wrote it")
    assert told.count("\n") == 1


def test_a_changed_table_and_a_damaged_log_are_both_told(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns
) -> None:
    run = runs.finished("a", SMALL)
    data = bytearray(run.events.read_bytes())
    data[len(data) // 2] ^= 1
    run.events.write_bytes(data)
    _, told = printed(capsys, runs, "results")
    line = data[: len(data) // 2].count(b"\n") + 1
    assert f"events.jsonl is damaged at line {line}" in told
    assert listed(capsys, runs)[0]["state"] == "damaged"


@pytest.mark.parametrize("rows", ["--reliability", "--learning", "--texts"])
def test_other_rows_tell_what_is_damaged_too(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns, rows: str
) -> None:
    run = runs.finished("a", SMALL)
    runs.finished("b", SMALL)
    assert "warning" not in printed(capsys, runs, "results", rows, "--format", "json")[1]
    tell(run, b"", run.predictions)
    run.predictions.write_bytes(b"changed")
    _, told = printed(capsys, runs, "results", rows, "--format", "json")
    if rows != "--learning":
        assert told.startswith(f"warning: {run.predictions}: has changed since the run wrote it")
        assert told.count("warning") == 1
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join([*lines[:5], *lines[6:]]))
    _, told = printed(capsys, runs, "results", rows, "--format", "json")
    assert "warning: a: events.jsonl is damaged at line 6" in told


def test_a_finished_run_that_is_resumed_tells_what_changed(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns
) -> None:
    run = runs.finished("a", SMALL)
    flip(run)
    _, told = printed(capsys, runs, "resume", "a")
    assert "results.parquet: has changed since" in told and "nothing is left to do" in told


def test_filters_are_the_same_whether_by_run_or_over_all(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns
) -> None:
    for name in ("a", "b", "c"):
        runs.finished(name, SMALL)
    terms = printed(capsys, runs, "results", "--format", "csv", "--where", "layer>0 control=")
    sql = "layer > 0 AND control = ''"
    assert printed(capsys, runs, "results", "--format", "csv", "--where", sql) == terms
    over_all = "accuracy >= max(accuracy) AND layer >= 0"
    out, _ = printed(capsys, runs, "results", "--format", "json", "--where", over_all)
    best = max(row["accuracy"] for row in json.loads(
        printed(capsys, runs, "results", "--format", "json")[0]))  # fmt: skip
    assert {row["accuracy"] for row in json.loads(out)} == {best}


def test_results_go_into_a_paper(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns, tmp_path: Path
) -> None:
    runs.finished("a", SMALL)
    text, _ = printed(
        capsys, runs, "results", "--where", "control= layer=1", "--format", "markdown"
    )
    assert "| layer | accuracy |" in text and text.count("\n| 1 |") == 1
    assert "intervals of 95 %" in text
    file = tmp_path / "rows.tex"
    _, told = printed(capsys, runs, "results", "--where", "control=", "--output", str(file))
    assert told == f"wrote 3 rows to {file}\n" and "\\midrule" in file.read_text()


@pytest.mark.parametrize("where", ["", "control=", "accuracy > 2"])
def test_results_that_come_in_pieces_are_those_that_come_at_once(
    where: str,
    capsys: pytest.CaptureFixture[str],
    runs: FakeRuns,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "b", "c"):
        runs.finished(name, SMALL)

    def shown() -> list[object]:
        found: list[object] = []
        for kind in ("csv", "json"):
            for end in ([], ["--output", str(tmp_path / f"rows.{kind}")]):
                command = ["results", "--where", where, "--format", kind, "--limit", "11", *end]
                found.append(printed(capsys, runs, *command))
            found.append((tmp_path / f"rows.{kind}").read_text())
        printed(
            capsys, runs, "results", "--where", where, "--output", str(tmp_path / "rows.parquet")
        )
        frame = pl.read_parquet(tmp_path / "rows.parquet")
        return [*found, frame.schema, frame.rows()]

    at_once = shown()
    monkeypatch.setattr(all_cells, "_AT_ONCE", 4)
    monkeypatch.setattr(all_cells, "_STEP", 5)
    assert shown() == at_once
