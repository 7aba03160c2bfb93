"""A working folder for every test of the first place."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.logs import RunFolder
from tests.support.compose_base import bare_machine, make_base
from tui.app import ProbeApp
from tui.processes import launcher


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder on a machine that has nothing else."""
    bare_machine(tmp_path, monkeypatch)
    return make_base(tmp_path / "work")


@pytest.fixture
def app(base: Path, tmp_path: Path) -> ProbeApp:
    """The app in that folder."""
    return ProbeApp(tmp_path / "logs", base)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    """The runs whose runner was to be started; none is."""
    runs: list[RunFolder] = []
    monkeypatch.setattr(launcher, "start_runner", lambda run, **how: runs.append(run))
    return runs
