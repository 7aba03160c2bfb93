"""Fake runs for the tests of every place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.app import App
from textual.pilot import Pilot

from tests.support.fake_runs import FakeRuns
from tui.plot import charset
from tui.processes.machine import Machine, MachineReader


@pytest.fixture(autouse=True)
def drawn_in_full() -> Iterator[None]:
    """Braille and 256 colours, whatever terminal the tests are started from."""
    charset.use(ascii=False, sixteen=False)
    yield
    charset.use()


@pytest.fixture(autouse=True)
def drawn_when_looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens are drawn where a test looks at them, and as an app ends.

    To draw each change takes a quarter of the time; tests of what is sent are marked `drawn`.
    """
    if request.node.get_closest_marker("drawn"):
        return
    draw, run_test = Compositor.render_update, App.run_test

    def drawn(one: Compositor, full: bool = False, **how: Any) -> Any:
        if full:
            return draw(one, full, **how)
        one._dirty_regions.clear()
        return None

    @asynccontextmanager
    async def run(app: App[Any], **how: Any) -> AsyncIterator[Pilot[Any]]:
        async with run_test(app, **how) as pilot:
            yield pilot
            if app.is_running:
                app.screen._compositor.render_strips()

    monkeypatch.setattr(Compositor, "render_update", drawn)
    monkeypatch.setattr(App, "run_test", run)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose load stands still."""
    still = Machine(2, 45.0, 3 * 2**30, 8 * 2**30)
    monkeypatch.setattr(MachineReader, "read", lambda self: still)
    return still


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuns]:
    """Fake runs in `logs/` under the working folder."""
    monkeypatch.chdir(tmp_path)
    fake = FakeRuns(Path("logs"))
    yield fake
    fake.close()
