"""The app draws nothing that drives a terminal, and runs no code that nobody asked it to run."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from probing import spec as specs
from tests.support.compose_base import ready, screen_text, until
from tests.support.fake_runs import FakeRuns
from tui.app import ProbeApp
from tui.processes import plugin_offers

EVIL = "x\x1b]0;owned\x07\x9b2J\u202ey"
WIDE = (200, 50)


@pytest.fixture
def app(tmp_path: Path) -> ProbeApp:
    return ProbeApp(tmp_path / "logs", tmp_path)


async def test_no_widget_draws_control_characters(app: ProbeApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        await app.mount(Input(EVIL), TextArea(EVIL))
        await pilot.pause()
        drawn = "".join(
            segment.text
            for widget in app.query("Input, TextArea")
            for line in range(widget.size.height)
            for segment in widget.render_line(line)
        )
        shown = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "owned" in drawn
        assert not set("\x1b\x07\x9b\u202e") & set(shown) and "owned" in shown


async def test_composing_anew_asks_before_it_runs_a_plug_in(
    app: ProbeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(plugin_offers, "_told", {})
    monkeypatch.setattr(plugin_offers, "_ask", lambda file: asked.append(file) or {})
    plugin = tmp_path / "theirs.py"
    plugin.write_text("raise SystemExit")
    run = FakeRuns(tmp_path / "logs").finished("theirs")
    text = run.spec.read_text()
    found = specs.parse(text)
    names = [entry.name for entry in found.classifiers]
    run.spec.write_text(text.replace(f'"{names[0]}"', f'"{plugin}:Theirs"'))
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "theirs" in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: "runs the code in" in screen_text(app))
        assert not asked
        await pilot.press("n")
        await pilot.pause()
        assert not asked
        await pilot.press("r")
        await until(pilot, lambda: "runs the code in" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "[1 Compose]" in screen_text(app))
