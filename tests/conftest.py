"""What every test shares: nothing is read from or written to the user's own folders."""

import os
from pathlib import Path

import pytest

# two test processes on two cores: threads that spin would wait for each other
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, cache and logs of this program go to a temporary folder."""
    folder = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
    monkeypatch.delenv("PROBE_TUI_LOGS", raising=False)
    return folder
