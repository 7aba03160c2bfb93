"""Fake runs for the tests of every place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual._compositor import Compositor
from textual.pilot import Pilot

from tests.support.fake_runs import FakeRuns
from tests.support.quick_drawing import render_update
from tests.support.quick_pilot import wait_for_screen
from tests.support.quick_styles import style_quickly
from tui.plot import charset
from tui.processes.machine import Machine, MachineReader


@pytest.fixture(autouse=True)
def drawn_in_full() -> Iterator[None]:
    """Braille and 256 colours, whatever terminal the tests are started from."""
    charset.use(ascii=False, sixteen=False)
    yield
    charset.use()


@pytest.fixture(autouse=True)
def quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """To wait until the app has done what it was sent takes no messages."""
    monkeypatch.setattr(Pilot, "_wait_for_screen", wait_for_screen)


@pytest.fixture(autouse=True)
def quick_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody sees is not drawn again and again."""
    monkeypatch.setattr(Compositor, "render_update", render_update)


@pytest.fixture(autouse=True)
def quick_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one app read of style sheets the next ones know."""
    style_quickly(monkeypatch)


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
