import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from probing.errors import SpecError, UnknownRunError
from probing.events import BlockDone, CellFailed, RunDone, RunStarted
from probing.logs import (
    EventWriter,
    Lock,
    RunView,
    create_run,
    find_run,
    is_held,
    list_runs,
    logs_folder,
    read_arrays,
    run_lock,
    write_arrays,
)
from tests.support.fold_events import fold


def test_a_run_folder_is_private_and_its_name_never_taken_twice(tmp_path: Path) -> None:
    first = create_run(tmp_path, "taste", "seed = 0")
    second = create_run(tmp_path, "taste", "seed = 0")
    assert first.path != second.path
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(first.spec.stat().st_mode) == 0o600
    assert {run.name for run in list_runs(tmp_path)} == {first.name, second.name}


def test_a_logs_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SpecError, match="cannot be written"):
        create_run(blocked / "logs", "x", "")


def test_a_run_is_found_by_its_name_or_an_only_beginning(tmp_path: Path) -> None:
    run = create_run(tmp_path, "alpha", "")
    assert find_run(tmp_path, run.name) == run
    assert find_run(tmp_path, "alp") == run
    for name in ("beta", "../alpha", "", "/etc"):
        with pytest.raises(UnknownRunError):
            find_run(tmp_path, name)


def test_the_logs_folder_is_given_or_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_LOGS", str(tmp_path / "there"))
    assert logs_folder() == tmp_path / "there"
    assert logs_folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("PROBE_TUI_LOGS")
    monkeypatch.chdir(tmp_path)
    assert logs_folder() == tmp_path / "logs"


def test_a_killed_process_frees_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import time; from pathlib import Path; from probing.logs import Lock\n"
        f"lock = Lock(Path({str(path)!r})); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"True\n"
    assert is_held(path)
    assert not Lock(path).acquire()
    process.kill()
    process.wait()
    assert not is_held(path)


def started(attempt: int = 0) -> RunStarted:
    return RunStarted("r", attempt, "0", 1, "host", 2, 1, 1)


def test_folds_of_an_attempt_that_broke_off_give_way(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    writer = EventWriter(run.events)
    writer.append([started(), fold(fold=0), fold(fold=1)])
    writer.append([started(1), fold(fold=0, attempt=1)])
    view = RunView(run)
    view.update()
    assert [one.attempt for one in view.state.cells["c"].folds] == [1]
    assert not view.state.cells["c"].done
    writer.append([BlockDone(0, 1, ("c",), "0.safetensors", "", 1.0), CellFailed("e", 1, "why")])
    view.update()
    assert view.state.cells["c"].done
    assert view.state.failures == {"e": "why"}
    assert view.state.share_done == 1.0


def test_the_status_follows_events_and_lock(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    view = RunView(run)
    assert view.status() == "starting"
    writer = EventWriter(run.events)
    lock = Lock(run_lock(run.path))
    assert lock.acquire()
    writer.append([started()])
    view.update()
    assert view.status() == "running"
    lock.release()
    assert view.status() == "killed"
    writer.append([RunDone(2, 0, 1.0, 0)])
    view.update()
    assert view.status() == "done"


def test_arrays_are_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sha256 = write_arrays(path, {"x": np.arange(5.0)})
    back = read_arrays(path, sha256)
    assert back is not None
    np.testing.assert_array_equal(back["x"], np.arange(5.0))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert read_arrays(path, sha256) is None
    assert read_arrays(tmp_path / "none", sha256) is None
