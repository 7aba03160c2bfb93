"""A run that ended is read from the end of its log: the same as the whole log, or the whole log."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from probing.events import CellFailed, RunCancelled, RunDone, RunStarted, Warned
from probing.logs import EventWriter, RunFolder, RunView
from probing.logs.results.tables import result_schema, results
from probing.logs.states import endings, event_log
from probing.logs.states.summaries import state_of, summed_up
from tests.support.closing import flip, tell, whole
from tests.support.fake_runs import FakeRuns, Shape

ENDED = ("finished", "with_failed_cells", "failed", "cancelled")


@pytest.fixture
def runs(tmp_path: Path) -> FakeRuns:
    return FakeRuns(tmp_path)


def skimmed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view


def is_summary(view: RunView) -> bool:
    """Whether a view was read from the last line alone."""
    return view.state.outcome is not None


def told(view: RunView) -> dict[str, Any]:
    """All that a view knows but its cells and blocks."""
    names = {one.name for one in dataclasses.fields(view.state)}
    names -= {"cells", "series", "blocks", "fitting", "outcome"}
    names |= {"n_cells", "n_done", "n_failed", "share_done", "failures_by_reason", "suspects"}
    return {name: getattr(view.state, name) for name in names}


@pytest.mark.parametrize("how", ENDED)
def test_the_end_tells_what_the_whole_log_does(runs: FakeRuns, how: str) -> None:
    run = getattr(runs, how)()
    brief, full = skimmed(run), whole(run)
    assert is_summary(brief) and not brief.has_folds and not brief.state.cells and full.has_folds
    assert told(brief) == told(full)
    assert (brief.status(), brief.damage) == (full.status(), "")


def test_a_run_of_several_attempts_and_failures_tells_all_of_them(runs: FakeRuns) -> None:
    run = runs.cancelled()
    writer = EventWriter(run.events)
    time.sleep(0.01)
    writer.append([RunStarted("r", 1, "0", 1, "host", 39, 1, 1), Warned("a", "b"), Warned("", "c")])
    writer.append([CellFailed(f"c{at}", 1, f"reason {at % 3}") for at in range(20)])
    writer.append([summed_up(RunCancelled("bo"), whole(run).state, writer)])
    writer.close()
    brief, full = skimmed(run), whole(run)
    assert is_summary(brief) and told(brief) == told(full)
    assert brief.state.n_attempts == 2 and brief.state.earlier_s > 0
    assert [one.n_cells for one in brief.state.failures_by_reason] == [7, 7, 6]


def test_an_old_log_and_a_live_one_are_read_whole_but_for_their_folds(runs: FakeRuns) -> None:
    old = FakeRuns(runs.logs / "old", is_old=True).finished()
    for run in (old, runs.live(), runs.killed(), runs.reading(), runs.waiting()):
        brief = skimmed(run)
        assert not brief.has_folds and not is_summary(brief)
        assert not any(cell.folds for cell in brief.state.cells.values())
        assert told(brief) == told(whole(run)) and brief.status() == whole(run).status()
    runs.close()


def test_no_flipped_bit_goes_unsaid_where_folds_are_not_read(runs: FakeRuns) -> None:
    run, draw = FakeRuns(runs.logs, is_old=True).with_failed_cells(), random.Random(1)
    data = run.events.read_bytes()
    for _ in range(60):
        flipped = bytearray(data)
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        run.events.write_bytes(flipped)
        assert skimmed(run).damage == whole(run).damage != ""


@pytest.mark.parametrize("change", ["missing", "twice", "swapped"])
def test_a_fold_that_does_not_follow_is_damage(runs: FakeRuns, change: str) -> None:
    run = FakeRuns(runs.logs, is_old=True).finished()
    lines = run.events.read_bytes().splitlines(keepends=True)
    middle = {"missing": [], "twice": [lines[5]] * 2, "swapped": [lines[6], lines[5]]}[change]
    rest = lines[7:] if change == "swapped" else lines[6:]
    assert b'"fold_done"' in lines[5]
    run.events.write_bytes(b"".join([*lines[:5], *middle, *rest]))
    assert skimmed(run).damage == whole(run).damage != ""


@pytest.mark.parametrize("how", ENDED)
def test_no_flipped_bit_goes_unsaid_in_a_run_that_ended(runs: FakeRuns, how: str) -> None:
    run, draw = getattr(runs, how)(), random.Random(0)
    data = run.events.read_bytes()
    for _ in range(40):
        flipped = bytearray(data)
        at = draw.randrange(len(data) - 1)
        flipped[at] ^= 1 << draw.randrange(8)
        run.events.write_bytes(flipped)
        brief, full = skimmed(run), whole(run)
        assert brief.damage == full.damage != ""
        assert brief.status() == full.status() == "damaged"


@pytest.mark.parametrize("change", ["cut", "more", "other end", "no end"])
def test_a_log_that_was_changed_at_its_end_is_read_whole(runs: FakeRuns, change: str) -> None:
    run = runs.finished()
    data = run.events.read_bytes()
    cut = data[: data.rindex(b"\n", 0, -1) + 1]
    changed = {
        "cut": data[:-30],
        "more": data + b"x\n",
        "other end": cut[:-1] + b"\r\n" + data[len(cut) :],
        "no end": cut,
    }[change]
    run.events.write_bytes(changed)
    assert not is_summary(skimmed(run)) and told(skimmed(run)) == told(whole(run))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the logs that are checked from their beginning."""
    seen: list[int] = []
    check = endings._is_whole

    def spy(file: Any, n_bytes: int, end: Any) -> bool:
        seen.append(n_bytes)
        return check(file, n_bytes, end)

    monkeypatch.setattr(endings, "_is_whole", spy)
    return seen


def test_only_a_log_with_another_time_is_checked(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, run = counted(monkeypatch), runs.finished()
    kept = shutil.copytree(run.path, runs.logs / "kept")
    assert is_summary(skimmed(RunFolder(kept))) and not checked
    os.utime(run.events)
    assert is_summary(skimmed(run)) and len(checked) == 1


def test_a_last_line_of_any_length_is_found(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.cancelled()
    writer = EventWriter(run.events)
    writer.append([Warned("here", f"{at}" * 100) for at in range(300)])
    writer.append([summed_up(RunCancelled("bo"), whole(run).state, writer)])
    writer.close()
    assert len(run.events.read_bytes().splitlines()[-1]) > endings._FIRST
    assert told(skimmed(run)) == told(whole(run)) and is_summary(skimmed(run))
    monkeypatch.setattr(endings, "_MOST", endings._FIRST)
    assert told(skimmed(run)) == told(whole(run)) and not is_summary(skimmed(run))


@pytest.mark.parametrize(
    "change",
    [
        {"n_done": "many"},
        {"n_done": None},
        {"failures": [{}]},
        {"failures": [{"reason": 1, "n_cells": 1, "first": ""}]},
        {"failures": 3},
        {"passes": [{"kind": "warned", "where": "", "message": ""}]},
        {"passes": [[]]},
        {"started": [{"kind": "run_started"}]},
        {"warnings": {"a": 1}},
        {"fatal": [[]]},
        {"last_pass": ["x"]},
        {"earlier_s": "x"},
        {"n_bytes": 0},
        {"crc": None},
    ],
)
def test_an_odd_summary_is_as_none(runs: FakeRuns, change: dict[str, Any]) -> None:
    run = runs.cancelled()
    writer = EventWriter(run.events)
    end = summed_up(RunCancelled("bo"), whole(run).state, writer)
    odd = {**json.loads(json.dumps(end.summary)), **change}
    writer.append([dataclasses.replace(end, summary=odd)])
    writer.close()
    os.utime(run.events)
    view = skimmed(run)
    assert not is_summary(view) and view.damage == "" and view.status() == "cancelled"
    assert told(view) == told(whole(run))


def test_times_that_are_none_do_no_harm(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    for odd in (float("inf"), float("nan"), 1e300):
        assert isinstance(event_log.closing_time_ns(odd), int)
    assert state_of(event_log.Logged(0, 0.0, RunDone(1, 0, 1.0, 0))) is None


def followed(view: RunView) -> bool:
    return view.take_in(view.look())


def test_a_view_that_follows_a_run_to_its_end_lets_go_of_its_cells(runs: FakeRuns) -> None:
    run = runs.live()
    view = RunView(run)
    assert followed(view) and view.has_folds and not followed(view)
    runs.advance(run, 6)
    assert followed(view) and view.has_folds
    assert results([view]).height == results([whole(run)]).height == 18
    runs.finish(run)
    runs.close()
    assert followed(view) and followed(view) and is_summary(view)
    assert not followed(view) and told(view) == told(whole(run))


def test_a_run_that_is_taken_up_again_is_read_whole_and_then_ends_again(runs: FakeRuns) -> None:
    run = runs.cancelled()
    view = RunView(run)
    assert followed(view) and is_summary(view)
    runs.hold(run)
    writer = EventWriter(run.events)
    writer.append([RunStarted("r", 1, "0", 1, "host", 39, 1, 1)])
    assert followed(view) and view.has_folds and view.state.n_done == 3
    assert told(view) == told(whole(run))
    writer.close()
    runs.finish(run)
    runs.close()
    assert followed(view) and followed(view) and is_summary(view)
    assert told(view) == told(whole(run)) and view.state.n_attempts == 2


def test_a_killed_run_is_read_once_and_anew_when_it_is_taken_up(runs: FakeRuns) -> None:
    run = runs.killed()
    view = RunView(run)
    assert followed(view) and not view.has_folds and not followed(view)
    assert results([view]).height == 12 and view.has_folds
    runs.hold(run)
    runs.advance(run, 5)
    assert followed(view) and view.has_folds and told(view) == told(whole(run))
    runs.close()


def test_an_old_run_is_read_once(runs: FakeRuns) -> None:
    view = RunView(FakeRuns(runs.logs, is_old=True).finished())
    assert followed(view) and not followed(view) and not followed(view)


def test_a_closed_log_that_is_opened_again_stays_as_written(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, checked = runs.finished(), counted(monkeypatch)
    EventWriter(run.events).close()
    assert is_summary(skimmed(run)) and not checked


def same_results(run: RunFolder) -> pl.DataFrame:
    """The results of a skimmed run, as those from its events."""
    view = skimmed(run)
    got = results([view])
    assert not view.has_folds
    assert_frame_equal(got, results([whole(run)]), check_exact=True)
    return got


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_results_of_the_table_are_those_of_the_events(runs: FakeRuns, task: str) -> None:
    shape = Shape(("b", "a"), ("m",), ("mean", "mean layer=3..10"), ("Ridge", "LDA"), 3, task)
    got = same_results(runs.finished("x", shape))
    assert got.height == len(shape.cells()) and dict(got.schema) == result_schema()
    assert same_results(runs.with_failed_cells()).height == 36


def test_results_of_many_runs_are_in_the_order_of_their_names(runs: FakeRuns) -> None:
    old = FakeRuns(runs.logs, is_old=True)
    made = [runs.finished("b"), old.finished("a"), runs.live("c"), runs.cancelled("B")]
    runs.close()
    got = results(map(skimmed, made), partial=True)
    assert_frame_equal(got, results(map(whole, made), partial=True), check_exact=True)
    assert got["run"].unique(maintain_order=True).to_list() == ["B", "a", "b", "c"]


def test_a_run_is_called_as_its_folder_is_now(runs: FakeRuns) -> None:
    run = runs.finished("before")
    after = RunFolder(run.path.rename(runs.logs / "after"))
    assert set(same_results(after)["run"]) == {"after"}


def test_a_folder_whose_name_is_not_utf_8_has_results(runs: FakeRuns) -> None:
    run = runs.finished("before")
    after = RunFolder(run.path.rename(runs.logs / "caf\udce9"))
    assert set(same_results(after)["run"]) == {"caf?"}


def test_columns_that_an_older_table_lacks_are_empty(runs: FakeRuns) -> None:
    run = runs.finished()
    expected = results([skimmed(run)])
    schema = result_schema()
    lacking = [name for name in schema if name.startswith("accuracy_") or name == "flags"]
    tell(run, expected.drop(lacking).with_columns(more=1, n_folds=pl.col("n_folds").cast(pl.Int8)))
    got = results([skimmed(run)])
    assert dict(got.schema) == schema
    assert all(got[name].null_count() == got.height for name in lacking)
    assert_frame_equal(got.drop(lacking), expected.drop(lacking), check_exact=True)


HARM: dict[str, tuple[Callable[[RunFolder], None], str]] = {
    "flipped": (flip, "has changed since the run wrote it"),
    "gone": (lambda run: run.results.unlink(), "cannot be read (No such file or directory)"),
    "no table": (lambda run: tell(run, b"x" * 30), "cannot be read"),
    "too long": (
        lambda run: tell(run, pl.concat([results([whole(run)])] * 2)),
        "has more rows than cells",
    ),
    "odd": (
        lambda run: tell(run, results([whole(run)]).with_columns(accuracy=pl.lit("high"))),
        "cannot be read",
    ),
    "a pipe": (
        lambda run: (run.results.unlink(), os.mkfifo(run.results)),  # type: ignore[dict-item]
        "cannot be read (not a plain file)",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_table_that_was_changed_is_said_and_the_events_are_read(
    runs: FakeRuns, harm: str
) -> None:
    run, (change, reason), lines = runs.finished(), HARM[harm], list[str]()
    change(run)
    view = skimmed(run)
    assert not view.has_folds
    assert_frame_equal(results([view], warn=lines.append), results([whole(run)]), check_exact=True)
    (line,) = lines
    assert line.startswith(f"{run.results}: {reason}")
    assert line.endswith("; the run's events are read instead") and "\n" not in line
    assert view.has_folds


def test_an_old_run_is_read_without_a_word(runs: FakeRuns) -> None:
    lines: list[str] = []
    run = FakeRuns(runs.logs, is_old=True).finished()
    frame = results([skimmed(run)], warn=lines.append)
    assert_frame_equal(frame, results([whole(run)]), check_exact=True)
    assert lines == []
