"""Results of runs that are over: from their closing tables, and from events where those fail."""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest

from probing.logs.results import tables
from probing.logs.results.tables import KEYS, result_schema, results
from probing.logs.states import run_view
from tests.support.closing import flip, tell, whole
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.processes.tailer import Tailer
from tui.results.run_frames import ResultsBook, slim
from tui.results.screen import ResultsPane
from tui.results.view import Wish, shown_of

SIZE = (120, 40)
TWO = Shape(classifiers=("LDA", "LogisticRegression"), n_layers=4)


async def shown(runs: FakeRuns, *keys: str) -> tuple[pl.DataFrame, list[Any], list[str]]:
    """All cells, the rows, and what was told."""
    async with PaneApp(ResultsPane, runs.logs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.is_complete)
        for key in keys:
            await pilot.press(key)
            await settled(pilot, lambda: pane.is_complete)
        told = [note.message for note in pilot.app._notifications]
        assert pane._frame is not None
        return pane._frame, list(pane.table.rows), told


async def test_no_event_of_a_finished_run_is_read(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [runs.finished(name, TWO) for name in ("one", "two")]
    expected = results(map(whole, reversed(made)))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a log was read")

    monkeypatch.setattr(run_view, "read_on", refuse)
    frame, rows, told = await shown(runs)
    assert frame.sort(pl.all()).equals(expected.sort(pl.all())) and len(rows) == 4 and told == []


async def test_live_killed_old_and_finished_runs_stand_side_by_side(runs: FakeRuns) -> None:
    old = FakeRuns(runs.logs, is_old=True)
    made = [runs.finished("a", TWO), runs.killed("b"), old.finished("c"), runs.live("d")]
    made += [runs.cancelled("e"), runs.with_failed_cells("f")]
    frame, _, told = await shown(runs)
    expected = results(map(whole, made))
    assert frame.sort(pl.all()).equals(expected.sort(pl.all())) and told == []


async def test_a_changed_table_is_told_and_the_events_are_read(runs: FakeRuns) -> None:
    run = runs.finished("one", TWO)
    flip(run)
    frame, rows, told = await shown(runs)
    assert len(rows) == 2 and frame.equals(results([whole(run)]))
    assert len(told) == 1 and "results.parquet: has changed since the run wrote it" in told[0]


@pytest.mark.parametrize("keys", [(), ("g",), ("c", "g"), ("m",)])
async def test_a_table_of_few_columns_is_shown(runs: FakeRuns, keys: tuple[str, ...]) -> None:
    run = runs.finished("one", TWO)
    columns = ["run", *KEYS, "n_folds", "accuracy", "auroc"]
    tell(run, results([whole(run)]).select(columns))
    frame, rows, told = await shown(runs, *keys)
    assert dict(frame.schema) == result_schema() and rows and told == []
    assert frame["accuracy_low"].null_count() == frame.height


def test_columns_without_a_value_take_no_memory(runs: FakeRuns) -> None:
    whole_frame = results([whole(runs.finished("one", Shape(n_layers=40)))])
    frames = [slim(whole_frame) for _ in range(50)]
    assert frames[0].equals(whole_frame) and frames[0].schema == whole_frame.schema
    together = pl.concat(frames)
    n_empty = sum(column.null_count() == column.len() for column in whole_frame)
    spared = pl.concat([whole_frame] * 50).estimated_size() - together.estimated_size()
    assert n_empty and spared >= 8 * n_empty * (together.height - 1)


def test_a_filter_leaves_the_curves_of_what_it_shows_whole(runs: FakeRuns) -> None:
    shape = Shape(("a", "b"), ("one", "two"), ("mean", "first"), n_layers=4, has_levels=True)
    frame = results([whole(runs.finished("run", shape))])
    every = {one.key: one.points for one in shown_of(frame, Wish()).series}
    found = shown_of(frame, Wish("layer>2 first model=two"))
    assert {(one.key[2], one.key[4]) for one in found.series} == {("two", "first"), ("", "")}
    assert all(one.points == every[one.key] for one in found.series)


def test_a_loaded_machine_gets_more_time(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(4):
        runs.finished(f"run-{at}", Shape(n_layers=1))
    tailer = Tailer(runs.logs)
    tailer.scan()
    real = tables.results

    def slow(*given: Any, **named: Any) -> pl.DataFrame:
        time.sleep(0.2)  # others have the processor
        return real(*given, **named)

    monkeypatch.setattr(tables, "results", slow)
    assert ResultsBook(tailer).gather(seconds=0.4).read().n_to_come == 0
