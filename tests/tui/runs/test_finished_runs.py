"""Runs that are over, in Runs: read from their ends, gathered once, and then left alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from probing import plan
from probing.logs import RunFolder
from probing.logs.states import event_log
from tests.support.closing import flip
from tests.support.fake_runs import ERROR, FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.app import ProbeApp
from tui.runs.logs.log_files import LogFile
from tui.runs.one_run import shown_run
from tui.runs.screen import RunsPane
from tui.widgets.row_table import RowTable

SIZE = (80, 24)


def app(runs: FakeRuns) -> PaneApp:
    return PaneApp(RunsPane, runs.logs)


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: list[str]) -> None:
    """Note every call of a function."""
    real = getattr(owner, name)

    def spy(*given: Any, **named: Any) -> Any:
        calls.append(name)
        return real(*given, **named)

    monkeypatch.setattr(owner, name, spy)


async def shown(runs: FakeRuns) -> tuple[Any, ...]:
    """What is drawn of the newest run, and its facts."""
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        await settled(pilot, lambda: pane.detail.plot.series)
        plot = pane.detail.plot
        text = str(pane.detail.query_one("#facts", Static).render())
        return plot.series, plot.metric, plot.chance, plot.note, plot.span, text


@pytest.mark.parametrize("how", ["finished", "with_failed_cells", "cancelled", "killed"])
async def test_a_run_that_is_over_is_shown_as_its_events_tell(runs: FakeRuns, how: str) -> None:
    getattr(runs, how)("one")
    brief = await shown(runs)
    runs.close()
    (runs.logs / "one").rename(runs.logs.parent / "away")
    old = FakeRuns(runs.logs, is_old=True)
    getattr(old, how)("one")
    assert brief[:5] == (await shown(runs))[:5]
    old.close()


@pytest.mark.parametrize("how", ["finished", "with_failed_cells", "failed", "cancelled"])
async def test_nothing_is_gathered_while_nothing_happens(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    runs.finished("other", Shape(n_layers=1))
    getattr(runs, how)("one")
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        pane.show_run("one")
        await settled(pilot, lambda: pane.shown.is_over and pane.shown.name == "one")
        await pilot.pause(0.1)
        calls: list[str] = []
        for owner, name in (
            (shown_run, "curves_of"),
            (shown_run, "failure_notes"),
            (shown_run, "copy_of"),
            (LogFile, "read"),
            (event_log, "decoded"),
            (Static, "update"),
            (RowTable, "show"),
            (RowTable, "refresh"),
        ):
            counted(monkeypatch, owner, name, calls)
        for _ in range(5):
            pilot.app.look()  # type: ignore[attr-defined]
            await pilot.pause(0.02)
        assert calls == []


async def test_a_log_is_read_again_only_while_it_may_grow(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.finished("one", Shape(n_layers=1))
    calls: list[str] = []
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        await pilot.press("v")
        await settled(pilot, lambda: pane.shown.is_over)
        counted(monkeypatch, LogFile, "read", calls)
        pilot.app.look()  # type: ignore[attr-defined]
        await pilot.pause()
        assert calls == []
        runs.live("two")
        pilot.app.look()  # type: ignore[attr-defined]
        pane.show_run("two")
        await settled(pilot, lambda: pane.shown.name == "two" and calls)
        before = len(calls)
        pilot.app.look()  # type: ignore[attr-defined]
        await settled(pilot, lambda: len(calls) > before)


async def test_a_changed_table_costs_no_curve(runs: FakeRuns) -> None:
    run = runs.finished("one")
    before = await shown(runs)
    flip(run)
    assert (await shown(runs))[:5] == before[:5]


async def test_failures_are_told_of_a_run_that_is_over(runs: FakeRuns) -> None:
    runs.with_failed_cells()
    *_, text = await shown(runs)
    told = f"3 cells: {ERROR} (gpt2 · questions · LogisticRegression · layer 12"
    assert told in " ".join(text.split())


async def test_a_live_run_that_ends_keeps_its_curve(runs: FakeRuns) -> None:
    run = runs.live("one", n_blocks=3)
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        plot = pane.detail.plot
        await settled(pilot, lambda: plot.series)
        runs.finish(run)
        runs.close()
        for _ in range(2):
            pilot.app.look()  # type: ignore[attr-defined]
            await settled(pilot, lambda: pane.shown.is_over)
        assert not pane.view.has_folds  # type: ignore[union-attr]
        assert plot.series[0].xs == list(range(13))
        assert pane.table.rows[0].cells[0] == "✓ done"


async def test_a_run_that_is_taken_up_again_goes_on(runs: FakeRuns) -> None:
    run: RunFolder = runs.cancelled("one")
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        plot = pane.detail.plot
        await settled(pilot, lambda: plot.series and plot.series[0].xs == [0])
        runs.hold(run)
        runs.advance(run, 1)
        pilot.app.look()  # type: ignore[attr-defined]
        await settled(pilot, lambda: plot.series[0].xs == [0, 1])
        assert pane.view is not None and pane.view.has_folds


async def test_plans_are_read_beside_the_screen(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.with_failed_cells("one")
    runs.finished("two", Shape(n_layers=1))
    runs.live("three", n_blocks=1)
    threads: list[bool] = []
    real = plan.from_json

    def spy(path: Path) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return real(path)

    monkeypatch.setattr(plan, "from_json", spy)
    app = ProbeApp(runs.logs, runs.logs.parent)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        pane = app.query_one(RunsPane)
        await settled(pilot, lambda: len(pane.table.rows) == 3)
        for name in ("three", "two", "one"):
            pane.show_run(name)
            await settled(pilot, lambda name=name: pane.shown.name == name and pane.shown.is_over)
        await pilot.press("w")
        table = pane.detail.failures.table
        await settled(pilot, lambda: any("layer 12" in row.cells[1] for row in table.rows))
    assert threads and not any(threads)


async def test_failures_are_looked_up_once(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.with_failed_cells("one")
    calls: list[str] = []
    counted(monkeypatch, plan, "from_json", calls)
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pilot.app.query_one(RunsPane)
        await settled(pilot, lambda: pane.detail.plot.series and pane.shown._noting.is_over)
        await pilot.press("w")
        await settled(pilot, lambda: pane.shown.is_over)
        before = len(calls)
        for key in ("w", "w", "v", "v", "w"):
            await pilot.press(key)
            await settled(pilot, lambda: pane.shown._noting.is_over and pane.shown.is_over)
        assert len(calls) == before
