"""What every test shares: nothing is read from or written to the user's own folders."""

import gc
import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import Scheduling, WorkStealingScheduling

# three test processes on two cores: more threads would wait for each other
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

# what JAX compiles runs for some seconds, and to optimise it takes longer
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

# what is written need not outlive this machine; to wait for the disk takes longer than to write
os.fsync = lambda _: None  # type: ignore[assignment]

# a shell that starts tests in the background has Ctrl-C or hang-ups ignored; runs must see them
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Search for garbage seldom, and not among what the libraries made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 1000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Tests that follow each other go to one process, so that what they share is made once."""
    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes empty folders, without the look through all others that `mktemp` takes."""
    base, numbers = tmp_path_factory.mktemp("own"), count()

    def made() -> Path:
        folder = base / str(next(numbers))
        folder.mkdir(mode=0o700)
        return folder

    return made


@pytest.fixture(autouse=True)
def own_folders(new_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Config, state, cache and logs of this program go to a temporary folder."""
    folder = new_folder()
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("PROBE_TUI_CONFIG", str(folder / "config.toml"))
    monkeypatch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
    monkeypatch.delenv("PROBE_TUI_LOGS", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")  # a terminal of 16 colours has its own theme
    return folder
