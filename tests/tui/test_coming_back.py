"""Leaving and coming back: place, filter, selection and scroll are as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.compose_base import bare_machine, make_base, ready, screen_text, until
from tests.support.fake_runs import FakeRuns, Shape
from tui.app import ProbeApp
from tui.compose.pickers.models import ModelPicker
from tui.config.kept import kept_path, read_kept
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import RowTable

SIZE = (80, 24)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bare_machine(tmp_path, monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    make_base(tmp_path / "work")
    runs = FakeRuns(tmp_path / "logs")
    runs.finished("alpha", Shape(("truth", "lies"), n_layers=9))
    runs.finished("beta", Shape(n_layers=3))
    return tmp_path / "logs"


def app_of(logs: Path) -> ProbeApp:
    return ProbeApp(logs, logs.parent / "work")


async def rows_of(pilot: Pilot[None], table: str) -> RowTable:
    """A table, once it has rows."""
    found = pilot.app.query_one(table, RowTable)
    await until(pilot, lambda: bool(found.rows))
    return found


async def test_everything_is_where_it_was(logs: Path) -> None:
    app = app_of(logs)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await pilot.press("tab", "2")
        runs = await rows_of(pilot, "#runs-table")
        await pilot.press("j", "3", "slash", *"alpha", "enter", "g")
        table = await rows_of(pilot, "#results-table")
        await until(pilot, lambda: len(table.rows) > 12)
        await pilot.press(*"jjjjjjjjj", "k", "m")
        await pilot.pause()
        was = table.row, round(table.scroll_y), app.query_one("#results").wish, runs.row
        await pilot.press("q")
    assert was[1] > 0 and was[3] is not None
    app = app_of(logs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "[3 Results]" in screen_text(app))
        table = await rows_of(pilot, "#results-table")
        await until(pilot, lambda: table.row is not None and table.row.key == was[0].key)
        await until(pilot, lambda: round(table.scroll_y) == was[1])
        pane = app.query_one("#results")
        assert pane.wish == was[2] and pane.query_one(FilterLine).text == "alpha"
        await pilot.press("2")
        runs = await rows_of(pilot, "#runs-table")
        assert runs.row is not None and runs.row.key == was[3].key
        await pilot.press("1")
        assert app.query_one(ModelPicker).has_class("-open")
        await pilot.press("q")
    kept = read_kept(kept_path(logs))
    assert kept["place"] == "compose" and set(kept["places"]) == {"compose", "runs", "results"}


async def test_what_was_kept_of_another_kind_is_passed_over(logs: Path) -> None:
    path = kept_path(logs)
    path.parent.mkdir(parents=True)
    path.write_text(
        '{"place": "runs", "places": {"compose": {"section": "x", "pickers": []}, "runs": '
        '{"filter": 3, "table": {"key": [1]}}, "results": {"wish": {"metric": 3}, "pinned": 4}}}'
    )
    app = app_of(logs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "[2 Runs]" in screen_text(app))
        await rows_of(pilot, "#runs-table")
        await pilot.press("3")
        await rows_of(pilot, "#results-table")
