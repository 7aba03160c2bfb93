"""What every test shares: nothing is read from or written to the user's own folders."""

import os
import signal
from pathlib import Path

import pytest

# two test processes on two cores: more threads would wait for each other
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

# a shell that starts tests in the background has Ctrl-C ignored, and runs must see it
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, cache and logs of this program go to a temporary folder."""
    folder = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
    monkeypatch.delenv("PROBE_TUI_LOGS", raising=False)
    return folder
