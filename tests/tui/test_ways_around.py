"""Palette, jump mode, help and hjkl: ways around the app that need no knowledge of its keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import get_character_cell_size
from textual.pilot import Pilot
from textual.widgets import Static

from probing.logs import RunFolder
from tests.support.compose_base import bare_machine, make_base, ready, screen_text, until
from tests.support.fake_runs import FakeRuns, Shape
from tui import tour
from tui.app import ProbeApp
from tui.dialogs.jump import JumpScreen
from tui.dialogs.key_subjects import FIND, MOVE, PLOT, subject_of
from tui.dialogs.tour import TourScreen
from tui.palette import elsewhere, verbs
from tui.processes import launcher
from tui.widgets.filter_line import FilterInput
from tui.widgets.row_table import RowTable

Walk = tuple[ProbeApp, Pilot[None]]


@pytest.fixture
def quick_drawing() -> None:
    """What a terminal gets is looked at here: all is drawn."""


@pytest.fixture
async def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Walk]:
    bare_machine(tmp_path, monkeypatch)
    runs = FakeRuns(tmp_path / "logs")
    for name in ("alpha", "beta"):
        runs.finished(name, Shape(n_layers=3))
    app = ProbeApp(tmp_path / "logs", make_base(tmp_path / "work"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        yield app, pilot
    runs.close()


async def test_ways_around(walk: Walk) -> None:
    app, pilot = walk
    line = SlowLine(app)
    await _jumps(app, pilot)
    await _palette(app, pilot)
    await _help(app, pilot)
    await pilot.press("1", "slash", *"中文", "escape", "2")
    await pilot.pause()
    assert line.text() == screen_text(app)
    first, n_before = max(line.sizes), len(line.sizes)
    app.refresh(layout=True)
    await until(pilot, lambda: len(line.sizes) > n_before)
    assert sum(line.sizes[n_before:]) < first / 4, "only what is new is sent"


class SlowLine:
    """What stands in a terminal that got everything that was sent."""

    def __init__(self, app: ProbeApp) -> None:
        self.sizes: list[int] = []
        self._cells: dict[tuple[int, int], str] = {}
        self._size = app.size
        news, console = app._shown.news, app.console

        def taken(update: Any) -> Any:
            new = news(update)
            self._take(new.render_segments(console) if new is not None else "")
            return new

        app._shown.news = taken  # type: ignore[method-assign]
        app._shown.forget()
        app.refresh(layout=True)

    def _take(self, said: str) -> None:
        self.sizes.append(len(said))
        x = y = 0
        for place, _, char in re.findall(r"\x1b\[(\d+;\d+)H|(\x1b\[[\d;]*m)|(.)", said):
            if place:
                y, x = (int(part) - 1 for part in place.split(";"))
            elif char:
                width = get_character_cell_size(char)
                self._cells |= {(y, x + at): char * (at == 0) for at in range(width)}
                x += width

    def text(self) -> str:
        """All lines."""
        width, height = self._size
        lines = range(height)
        return "\n".join("".join(self._cells[y, x] for x in range(width)) for y in lines)


async def _jumps(app: ProbeApp, pilot: Pilot[None]) -> None:
    """A letter for each closed section too; Esc stays; the letter opens it."""
    before = app.focused
    await pilot.press("semicolon")
    assert isinstance(app.screen, JumpScreen)
    letters = [str(one.render()) for one in app.screen.query(".letter").results(Static)]
    assert letters == list("asdfg")
    await pilot.press("escape")
    assert app.focused is before
    await pilot.press("semicolon", "d")
    await until(pilot, lambda: "Pool" in str(app.focused and app.focused.ancestors))
    await pilot.press("semicolon", "1")
    assert not app.screen.is_modal


async def _palette(app: ProbeApp, pilot: Pilot[None]) -> None:
    """It opens runs by name, and knows the verbs of the place."""
    await pilot.press("colon", *"results of", *"beta")
    await pilot.pause(0.5)
    await pilot.press("enter")
    await until(pilot, lambda: 'run="' in screen_text(app))
    titles = [one.title for one in verbs(app, app.screen)]
    assert titles.index("Filter the cells") < titles.index("Go to Runs")
    assert "Up" not in titles
    table = app.query_one("#results-table", RowTable)
    await until(pilot, lambda: bool(table.rows))
    found = {one.title: one for one in elsewhere(app)}
    assert found["Runs: Change its tags"].meaning == "Keys 2 t"
    assert "Results: Filter the cells" not in found and "Compose: Show the spec as TOML" in found
    await pilot.press("colon", *"datasets filter", "enter")
    await until(pilot, lambda: app.place == "datasets" and isinstance(app.focused, FilterInput))
    await pilot.press("escape", "3")


async def _help(app: ProbeApp, pilot: Pilot[None]) -> None:
    """It says what is under the cursor, in groups by subject, and scrolls by j."""
    await pilot.press("question_mark")
    shown = screen_text(app)
    assert FIND in shown and "A row is" in shown
    keys = app.screen.query_one(".key-list")
    await pilot.press("j", "j", "k")
    assert keys.scroll_offset.y == 1
    await pilot.press("escape")


def test_keys_are_listed_by_what_they_are_about() -> None:
    names = ["results.sort", "runs.metric_back", "table.up", "compose.view", None]
    assert [subject_of(name) for name in names] == [FIND, PLOT, MOVE, FIND, ""]


async def test_the_tour_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch)
    base = make_base(tmp_path / "work")
    started: list[RunFolder] = []
    monkeypatch.setattr(tour, "DATASET", "cities")
    monkeypatch.setattr(launcher, "start_runner", lambda run, **how: started.append(run))
    app = ProbeApp(tmp_path / "logs", base, is_tour=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: isinstance(app.screen, TourScreen))
        assert "F1: a short tour" in screen_text(app)
        before, screens = app.composer.draft, list[str]()
        for _ in tour.steps(app):
            screens.append(screen_text(app))
            assert "Esc leave the tour" in screens[-1]
            await pilot.press("enter")
        assert not app.screen.is_modal and not started and not (tmp_path / "logs").exists()
        assert "▶" in screens[2], "the box hides the line that it speaks of"
        await pilot.press("f1", "enter", "enter", "enter", "r")
        await until(pilot, lambda: bool(started))
        await until(pilot, lambda: "[2 Runs]" in screen_text(app))
        await pilot.press("escape")
        assert app.composer.draft == before
    assert [one.name[:5] for one in started] == ["tour-"]
    assert started[0].read_spec().datasets[0].limit == 300
