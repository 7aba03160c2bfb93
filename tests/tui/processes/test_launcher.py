"""Who is signalled when a run is cancelled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probing.errors import RunError
from probing.logs import RunFolder, create_run
from tui.processes import launcher

HOLDS = """
import json, os, signal, socket, sys, time
from pathlib import Path
from probing.logs import Lock, RunFolder, run_lock
from probing.logs.folders.lock_holders import sign
run = RunFolder(Path(sys.argv[1]))
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = Lock(run_lock(run.path))
assert lock.acquire()
sign(lock.path)
run.write(run.owner, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
print("on", flush=True)
time.sleep(60)
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, "x", "")


def held(run: RunFolder, how: str = "willing") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLDS, str(run.path), how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == b"on\n"
    return process


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def owned(run: RunFolder, **told: object) -> None:
    run.write(run.owner, json.dumps(told))


def test_a_runner_is_asked_to_stop(run: RunFolder) -> None:
    process = held(run)
    assert launcher.cancel(run)
    assert process.wait() == -signal.SIGTERM


def test_a_runner_that_does_not_listen_is_killed(run: RunFolder) -> None:
    process = held(run, "stubborn")
    assert launcher.cancel(run, patience_s=0.2)
    assert process.wait() == -signal.SIGKILL


def test_a_process_that_does_not_hold_the_run_is_never_signalled(
    run: RunFolder, bystander: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "TAKING_UP_S", 0.1)
    owned(run, pid=bystander.pid)
    assert not launcher.cancel(run)
    process = held(run)
    owned(run, pid=bystander.pid)
    with pytest.raises(RunError, match=r"does not name: nothing is signalled"):
        launcher.cancel(run)
    time.sleep(0.05)
    assert bystander.poll() is None and process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize("pid", [-1, 0, True, "1", None, [1], 1.0, 10**30])
def test_a_pid_that_is_none_is_not_used(run: RunFolder, pid: object) -> None:
    owned(run, pid=pid)
    assert "pid" not in run.read_owner()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"x"',
        "null",
        "{",
        "[" * 100_000,
        '{"started": null}',
        '{"started": "1"}',
        '{"started": 1e999, "host": 3}',
        '{"started": {}, "ended": []}',
    ],
)
def test_an_odd_owner_file_says_nothing(run: RunFolder, text: str) -> None:
    run.owner.write_text(text)
    assert run.read_owner() == {}
    assert not run.is_alive() and not launcher.cancel(run)
