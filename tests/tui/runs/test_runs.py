"""Runs: what the list and the detail show, and what the keys do."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest
from textual.widgets import Static

from probing.events import Logged, RunStarted, Warned, to_line
from probing.logs import EventWriter, RunView
from probing.logs.folders.run_marks import NO_MARKS
from probing.logs.waiting.wishes import read_wish
from tests.support.fake_runs import ERROR, FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.prompt import PromptScreen
from tui.runs import listing
from tui.runs.one_run import facts as run_facts
from tui.runs.one_run.facts import facts_of, failure_texts, rate
from tui.runs.screen import RunsPane
from tui.texts.of_runs import run_line
from tui.texts.of_runs.run_line import RunLine, clock, moment, span
from tui.texts.of_runs.run_progress import cells_per_s, fits_left, pass_left, passes_left, time_left
from tui.widgets.filter_line import FilterInput
from tui.widgets.row_table import RowTable

SIZE = (80, 24)


def line_of(view: RunView) -> RunLine:
    """The line of a run after reading its files."""
    view.update()
    return RunLine.of(view)


def app(runs: FakeRuns) -> PaneApp:
    """The pane over these runs."""
    return PaneApp(RunsPane, runs.logs)


def pane_of(pilot_app: PaneApp) -> RunsPane:
    """The pane."""
    return pilot_app.query_one(RunsPane)


def states(pilot_app: PaneApp) -> dict[str, str]:
    """State by run, as the list shows them."""
    return {row.key[0]: row.cells[0] for row in pane_of(pilot_app).table.rows}


def facts(pilot_app: PaneApp) -> str:
    """What is said above the curve."""
    return str(pane_of(pilot_app).detail.query_one("#facts").render())  # type: ignore[attr-defined]


def test_states_of_runs(runs: FakeRuns) -> None:
    made = {
        "done": runs.finished(),
        "running": runs.live(),
        "waiting": runs.waiting(),
        "failed": runs.failed(),
        "cancelled": runs.cancelled(),
        "killed": runs.killed(),
    }
    assert {name: line_of(RunView(run)).status for name, run in made.items()} == {
        name: name for name in made
    }


def test_a_line_tells_progress(runs: FakeRuns) -> None:
    line = line_of(RunView(runs.live(n_blocks=5)))
    assert (line.cells, line.percent) == ("15/39", "38%")
    assert line.left_s is not None and line.left == clock(line.left_s)
    assert line_of(RunView(runs.with_failed_cells())).cells == "36/39 3✗"


def test_time_left_comes_from_rates(runs: FakeRuns) -> None:
    view = RunView(runs.live(n_blocks=5))
    assert time_left(view) is None
    view.update()
    assert cells_per_s(view) == pytest.approx(15 / 3.0)
    assert fits_left(view) == pytest.approx((39 - 15) / 5.0)
    assert time_left(view) == pytest.approx((39 - 15) / 5.0)


def test_time_left_of_a_pass(runs: FakeRuns) -> None:
    view = RunView(runs.reading())
    view.update()
    assert view.state.current_pass is not None
    assert pass_left(view.state.current_pass) == pytest.approx(12.0 * (30000 / 9600 - 1))
    assert passes_left(view) == pytest.approx(25.5)
    assert time_left(view) == pytest.approx(25.5 + 20.0)


def test_times_in_words() -> None:
    assert clock(15) == "0:15" and clock(3723) == "1:02:03" and clock(-1) == "0:00"
    assert span(40) == "40 s" and span(200) == "3 min" and span(7300) == "2 h"
    assert span(400_000) == "4 days"
    assert moment(0) == ""
    assert len(moment(time.time())) == 8 and len(moment(1.6e9)) == 16
    assert [rate(value) for value in (0.42, 3.14, 340.2, 5100)] == ["0.42", "3.1", "340", "5.1k"]


def test_a_silent_run_says_so(runs: FakeRuns) -> None:
    run = runs.folder("quiet", Shape())
    then = time.time() - 200
    started = RunStarted("quiet", 0, "0.1.0", 1, "here", 39, 1, 1)
    run.events.write_text(to_line(Logged(0, then, started)))
    runs.hold(run)
    view = RunView(run)
    line = line_of(view)
    assert line.is_silent and line.left == "silent 3 min"
    assert "silent for 3 min" in facts_of(view, line)[0].text


def test_a_run_that_is_taken_up_again_is_not_said_to_have_ended(runs: FakeRuns) -> None:
    run = runs.cancelled()
    view = RunView(run)
    line = line_of(view)
    assert any("press s to resume" in fact.text for fact in facts_of(view, line))
    run.write(run.owner, json.dumps({"pid": 1, "started": time.time() + 1, "host": "here"}))
    runs.hold(run)
    line = line_of(view)
    assert line.status == "starting"
    assert not any("resume" in fact.text for fact in facts_of(view, line))


def test_failures_are_told_with_their_cells(runs: FakeRuns) -> None:
    view = RunView(runs.with_failed_cells())
    view.update()
    [told] = failure_texts(view)
    assert told.startswith(f"3 cells: {ERROR} (gpt2 · questions · LogisticRegression · layer 12")


def test_a_plan_that_is_not_there_or_odd_is_no_harm(runs: FakeRuns) -> None:
    run = runs.with_failed_cells()
    for text in ("", "{", json.dumps({"format": 1, "cells": None, "cost": None}), "[]"):
        run.write(run.plan, text)
        view = RunView(run)
        line = line_of(view)
        assert failure_texts(view) == [f"3 cells: {ERROR}"]
        assert facts_of(view, line)


def test_hostile_text_is_cleaned(runs: FakeRuns) -> None:
    run = runs.failed()
    writer = EventWriter(run.events)
    writer.append([Warned("\x1b[2J", "\x1b]52;c;eA==\x07 [@click=app.quit]x[/]")])
    writer.close()
    view = RunView(run)
    line = line_of(view)
    assert not any("\x1b" in fact.text for fact in facts_of(view, line))


async def test_every_run_is_listed_newest_first(runs: FakeRuns) -> None:
    for name in ("one", "two"):
        runs.finished(name, Shape(n_layers=2))
    runs.live()
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert list(states(pilot.app)) == ["sweep", "two", "one"]
        assert states(pilot.app)["sweep"] == "● running"
        assert pane_of(pilot.app).detail.border_title == "3 runs, 1 live"


async def test_nothing_yet_says_what_to_do(tmp_path: Path) -> None:
    async with PaneApp(RunsPane, tmp_path).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "Compose an experiment" in pilot.app.query_one(RowTable).render_line(1).text
        for key in (
            "enter",
            "c",
            "s",
            "r",
            "v",
            "V",
            "w",
            "T",
            "p",
            "K",
            "m",
            "z",
            "z",
            "y",
            "left",
            "down",
            "slash",
        ):
            await pilot.press(key)


async def test_the_curve_grows_as_folds_land(runs: FakeRuns) -> None:
    run = runs.live(n_blocks=3)
    async with app(runs).run_test(size=SIZE) as pilot:
        plot = pane_of(pilot.app).detail.plot
        await settled(pilot, lambda: plot.series)
        assert plot.series[0].xs == [0, 1, 2, 3]
        assert plot.span == (0, 12)
        runs.advance(run, 4)
        pilot.app.look()
        await settled(pilot, lambda: plot.series[0].xs == [0, 1, 2, 3, 4])
        assert "12/39 cells" in facts(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (110, 40), (120, 40), (200, 50)])
async def test_counts_of_cells_are_never_cut(runs: FakeRuns, size: tuple[int, int]) -> None:
    runs.with_failed_cells("a-run-of-a-long-name-20261129-163642")
    async with app(runs).run_test(size=size) as pilot:
        await pilot.pause()
        line = pane_of(pilot.app).table.render_line(1).text
        assert " 36/39 3✗ " in line and " 100%" in line and "a-" in line


async def test_a_run_that_ends_is_seen_to_end(runs: FakeRuns) -> None:
    runs.live()
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        runs.close()
        pilot.app.look()
        await pilot.pause()
        assert states(pilot.app)["sweep"] == "! killed"
        assert "the runner was killed" in facts(pilot.app)


async def test_a_run_removed_is_gone(runs: FakeRuns) -> None:
    run = runs.finished("one", Shape(n_layers=1))
    runs.finished("two", Shape(n_layers=1))
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        for path in run.path.iterdir():
            path.unlink()
        run.path.rmdir()
        pilot.app.look()
        await pilot.pause()
        assert list(states(pilot.app)) == ["two"]


async def test_the_filter_takes_every_letter(runs: FakeRuns) -> None:
    runs.finished("alpha", Shape(n_layers=1))
    runs.failed("beta")
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"state=done")
        await pilot.pause()
        assert list(states(pilot.app)) == ["alpha"] and not pilot.app.posted
        await pilot.press("enter")
        assert isinstance(pilot.app.focused, RowTable)
        assert pane_of(pilot.app).detail.border_title == "1 of 2 runs"
        await pilot.press("slash", "escape")
        await pilot.pause()
        assert len(states(pilot.app)) == 2
        assert not pilot.app.query_one(FilterInput).can_focus


async def test_where_no_run_matches_no_curve_is_shown(runs: FakeRuns) -> None:
    runs.finished("alpha")
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pane_of(pilot.app)
        await settled(pilot, lambda: pane.detail.plot.series)
        # a curve that was asked for comes when its run is no longer highlighted
        pane.action_turn("log")
        pane.action_turn("log")
        pane.query_one(FilterInput).value = "beta"
        await settled(pilot, lambda: not pane.table.rows and pane.shown.is_over)
        await pilot.pause(0.1)
        assert pane.detail.plot.series == () and not facts(pilot.app)


async def test_a_wrong_filter_says_so_and_keeps_the_list(runs: FakeRuns) -> None:
    runs.finished("alpha", Shape(n_layers=1))
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("slash")
        pilot.app.query_one(FilterInput).value = "nonsense=1"
        await pilot.pause()
        assert list(states(pilot.app)) == ["alpha"]
        problem = pilot.app.query_one("FilterLine .problem")
        assert "no column" in str(problem.render())  # type: ignore[attr-defined]


async def test_keys_post_what_the_app_does(runs: FakeRuns) -> None:
    runs.finished("done", Shape(n_layers=1))
    runs.killed("gone")
    runs.live("live")
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pane_of(pilot.app)
        await pilot.pause()
        for name, keys in {"live": "c", "gone": "s", "done": "r"}.items():
            pane.show_run(name)
            await pilot.pause()
            await pilot.press(*keys, "enter")
        await pilot.pause()
        told = [type(message).__name__ for message in pilot.app.posted]
        assert told == ["Cancel", "OpenResults", "Resume", "OpenResults", "Rerun", "OpenResults"]
        spec = pilot.app.posted[4].spec  # type: ignore[attr-defined]
        assert spec.name == "done" and spec.n_folds == 5


async def test_what_cannot_be_is_not_done(runs: FakeRuns) -> None:
    runs.finished("done", Shape(n_layers=1))
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("c", "s")
        await pilot.pause()
        assert pilot.app.posted == []


async def test_a_damaged_spec_is_said_to_be(runs: FakeRuns) -> None:
    run = runs.finished("done", Shape(n_layers=1))
    run.spec.write_text("nonsense = ")
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        assert pilot.app.posted == []
        assert any("TOML" in note.message for note in pilot.app._notifications)


async def test_what_went_wrong_is_told_to_its_end_in_narrow_terminals(runs: FakeRuns) -> None:
    runs.finished("done", Shape(n_layers=1)).events.write_text("nonsense\n")
    async with app(runs).run_test(size=SIZE) as pilot:
        await settled(pilot, lambda: "damaged at line" in facts(pilot.app))
        lines = facts(pilot.app).splitlines()
        assert "press s to compute it again" in " ".join(lines)
        assert all(len(line) < SIZE[0] for line in lines if not line.startswith("/"))


async def test_a_problem_of_a_line_goes_with_the_line(runs: FakeRuns) -> None:
    runs.finished("one")
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("t", *"a,", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, PromptScreen))
        problem = pilot.app.screen.query_one(".problem", Static)
        await settled(pilot, lambda: "is no tag" in str(problem.render()))
        await pilot.press("backspace")
        await settled(pilot, lambda: str(problem.render()) == "")


async def test_log_failures_and_events_take_the_place_of_the_curve(runs: FakeRuns) -> None:
    run = runs.with_failed_cells()
    run.log.write_text("first\n\x1b[31mlayer 8\nlast\n")
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pane_of(pilot.app)
        detail, view = pane.detail, pane.detail.log_pane.view
        await pilot.press("v")
        await settled(pilot, lambda: len(view.lines) == 3)
        assert "\x1b" not in view.render_line(1).text and "layer 8" in view.render_line(1).text
        assert not detail.plot.display and pilot.app.focused is view
        await pilot.press("slash", *"layer", "enter")
        assert view.found == [1] and view.told == "1 of 1" and pilot.app.focused is view
        await pilot.press("escape", "escape")
        assert detail.side == "curve" and isinstance(pilot.app.focused, RowTable)
        await pilot.press("w")
        table = detail.failures.table
        await settled(pilot, lambda: len(table.rows) == 4)
        assert ERROR in table.rows[0].cells[1] and table.rows[0].cells[0] == "3"
        await pilot.press("enter")
        assert len(table.rows) == 1
        await pilot.press("enter", "down", "enter")
        await settled(pilot, lambda: view.current is not None)
        assert detail.side == "events" and ERROR in view.lines[view.current]
        assert table.rows[1].key[1] in view.lines[view.current]
        await pilot.press("V")
        await pilot.pause()
        assert detail.plot.display


async def test_marks_are_made_shown_filtered_and_undone(runs: FakeRuns) -> None:
    for name in ("one", "two"):
        runs.finished(name, Shape(n_layers=1))
    runs.live("live")
    async with app(runs).run_test(size=(120, 40)) as pilot:
        pane = pane_of(pilot.app)
        await pilot.pause()
        pane.show_run("one")
        await pilot.press("t", *"paper", "enter")
        await settled(pilot, lambda: pane.book.lines["one"].marks.tags == ("paper",))
        await pilot.press("n", *"look", "ctrl+s")
        await settled(pilot, lambda: "note  look" in facts(pilot.app))
        assert "tags  paper" in facts(pilot.app)
        pane.query_one(FilterInput).value = "tag=paper"
        await settled(pilot, lambda: list(states(pilot.app)) == ["one"])
        pane.query_one(FilterInput).value = ""
        await pilot.press("a")
        await settled(pilot, lambda: list(states(pilot.app)) == ["live", "two"])
        await pilot.press("A")
        await settled(pilot, lambda: len(states(pilot.app)) == 3)
        pane.show_run("one")
        await pilot.press("R", "ctrl+a", "ctrl+k", *"first", "enter")
        await settled(pilot, lambda: "first" in states(pilot.app))
        assert pane.shown.name == "first" and "one" not in states(pilot.app)
        await pilot.press("d")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await settled(pilot, lambda: "first" not in states(pilot.app))
        assert (runs.logs / ".trash" / "first").is_dir()
        for known in ("first", "one"):
            await pilot.press("u")
            await settled(pilot, lambda known=known: known in states(pilot.app))
            assert pane.shown.name == known  # which is gone on with
        await pilot.press("u", "u", "u")
        await settled(pilot, lambda: pane.book.lines["one"].marks == NO_MARKS)
        pane.show_run("live")
        await pilot.press("d")
        await settled(
            pilot, lambda: any("is live" in note.message for note in pilot.app._notifications)
        )
        await pilot.press("p")
        await settled(pilot, lambda: states(pilot.app)["live"] == "= paused")
        assert read_wish(runs.logs / "live").is_paused


async def test_the_cursor_reads_values_off(runs: FakeRuns) -> None:
    runs.finished()
    async with app(runs).run_test(size=SIZE) as pilot:
        plot = pane_of(pilot.app).detail.plot
        await settled(pilot, lambda: plot.series)
        await pilot.press("right", "right")
        point = plot.series[0].at(1)
        assert point is not None and plot.cursor == 1
        assert f"{point.value:.2f}".lstrip("0") in str(plot.render())
        assert "layer 1" in str(plot.render())


async def test_metric_and_group_keys(runs: FakeRuns) -> None:
    runs.finished("wide", Shape(datasets=("a", "b"), n_layers=2))
    async with app(runs).run_test(size=SIZE) as pilot:
        plot = pane_of(pilot.app).detail.plot
        await settled(pilot, lambda: plot.metric == "accuracy")
        await pilot.press("m")
        await settled(pilot, lambda: plot.metric == "balanced_accuracy")
        await pilot.press("M", "M")
        await settled(pilot, lambda: plot.metric == "brier")
        assert plot.note.startswith("2 of 2: gpt2 · b")
        await pilot.press("right_square_bracket")
        await settled(pilot, lambda: plot.note.startswith("1 of 2: gpt2 · a"))


async def test_package_is_dropped_from_the_names_of_models(runs: FakeRuns) -> None:
    models = ("package:one", "package:two")
    runs.finished("wide", Shape(models=models, n_layers=2))
    async with app(runs).run_test(size=SIZE) as pilot:
        plot = pane_of(pilot.app).detail.plot
        await settled(pilot, lambda: plot.note)
        assert plot.note.startswith("2 of 2: two · truth")
        assert "two · truth" in facts(pilot.app) and "package:" not in facts(pilot.app)


async def test_leaving_and_coming_back_shows_the_same(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a loaded machine may take so long that the run would be told to be silent
    monkeypatch.setattr(run_line, "SILENT_S", math.inf)
    runs.live()
    runs.finished("done", Shape(n_layers=1))
    shown = []
    for _ in range(2):
        async with app(runs).run_test(size=SIZE) as pilot:
            await pilot.pause()
            pane = pane_of(pilot.app)
            pane.show_run("sweep")
            plot = pane.detail.plot
            await settled(
                pilot, lambda pane=pane: pane.shown.name == "sweep" and pane.shown.is_over
            )
            assert plot.series[0].key[0] == "sweep"
            shown.append((states(pilot.app), facts(pilot.app), plot.series))
    assert shown[0] == shown[1]


async def test_zoom_keeps_the_keys_working(runs: FakeRuns) -> None:
    runs.live()
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.press("z", "v", "z", "v")
        await pilot.press("c")
        await pilot.pause()
        assert len(pilot.app.posted) == 1
        assert isinstance(pilot.app.focused, RowTable)


async def test_of_many_runs_those_that_did_not_change_are_not_looked_at(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = runs.finished("run-0", Shape(n_layers=1))
    files = {path.name: path.read_bytes() for path in model.path.iterdir()}
    for at in range(1, 50):
        folder = runs.logs / f"run-{at}"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert len(states(pilot.app)) == 50
        pane = pane_of(pilot.app)
        looked, line_of = list[str](), RunLine.of
        monkeypatch.setattr(
            RunLine, "of", lambda view: looked.append(view.run.name) or line_of(view)
        )
        pane.refresh_runs([])
        assert looked == []
        pane.refresh_runs(["run-7"])
        assert looked == ["run-7"]


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_looks(
    runs: FakeRuns, size: tuple[int, int], snap_compare: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (run_line, run_facts, listing):
        monkeypatch.setattr(module, "moment", lambda _: "12:00:00")
    monkeypatch.setattr(listing, "span", lambda _: "40 s")
    runs.with_failed_cells()
    runs.cancelled()
    runs.live(n_blocks=8)

    async def before(pilot: object) -> None:
        plot = pane_of(pilot.app).detail.plot  # type: ignore[attr-defined]
        await settled(pilot, lambda: plot.series)  # type: ignore[arg-type]
        pane = pane_of(pilot.app)  # type: ignore[attr-defined]
        await settled(pilot, lambda: pane.book.is_over and pane.machine.is_over)  # type: ignore[arg-type]

    assert snap_compare(app(runs), terminal_size=size, run_before=before)  # type: ignore[operator]


async def test_esc_goes_back_and_g_to_the_ends(runs: FakeRuns) -> None:
    for name in ("one", "two", "three"):
        runs.finished(name, Shape(n_layers=1))
    async with app(runs).run_test(size=SIZE) as pilot:
        await pilot.pause()
        pane = pane_of(pilot.app)
        await pilot.press("G")
        assert pane.table.at == 2
        await pilot.press("g")
        assert pane.table.at == 0
        await pilot.press("v", "z", "G")
        assert pane.table.at == 0 and pane.has_class("-zoom")
        await pilot.press("escape")
        assert not pane.has_class("-zoom") and pane.detail.side == "log"
        await pilot.press("escape")
        assert pane.detail.side == "curve"
        await pilot.press("slash", *"two", "enter")
        assert len(pane.table.rows) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert len(pane.table.rows) == 3
