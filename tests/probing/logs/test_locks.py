"""Locks end with the process that took them, and name it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from probing.errors import RunError
from probing.logs import Lock, create_run, is_held, run_lock
from probing.logs.folders import locks
from probing.logs.folders.lock_holders import holder_of, sign

FORKS = """
import os, sys, time
from pathlib import Path
from probing.logs import Lock
from probing.logs.folders.lock_holders import sign
lock = Lock(Path(sys.argv[1]))
assert lock.acquire()
sign(lock.path)
if not os.fork():
    print(os.getpid(), flush=True)  # once it is there, it has let go
time.sleep(60)
"""


def test_a_forked_child_that_outlives_the_runner_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    command = [sys.executable, "-c", FORKS, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        assert is_held(path) and holder_of(path) == process.pid
        process.kill()
        process.wait()
        os.kill(child, 0)  # it lives
        assert not is_held(path) and holder_of(path) is None
    finally:
        process.kill()
        os.kill(child, signal.SIGKILL)


def test_a_lock_without_a_signature_names_nobody(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "run.lock")
    assert lock.acquire()
    assert holder_of(lock.path) is None
    os.close(sign(lock.path))
    assert holder_of(lock.path) is None
    lock.release()


def test_a_lock_folder_that_another_user_took_is_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for root in (first, second):
        root.mkdir()
    monkeypatch.setattr(locks, "_local_roots", lambda: [first, second])
    name = f"probe-tui-{os.getuid()}"
    (tmp_path / "elsewhere").mkdir()
    (first / name).symlink_to(tmp_path / "elsewhere")
    assert run_lock(tmp_path).parent == second / name
    (second / name).rmdir()
    (second / name).write_text("")
    with pytest.raises(RunError, match=r"belongs to another user; ask its owner"):
        run_lock(tmp_path)


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_stands_in_for_a_gpu_lock_is_told_and_never_waited_for(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "gpu.lock"
    if kind == "link":
        path.symlink_to(tmp_path / "target")
        with pytest.raises(RunError, match="cannot be opened"):
            Lock(path).acquire()
        assert not (tmp_path / "target").exists()
    else:
        os.mkfifo(path)
        Lock(path).acquire()


SIGNS = """
import sys, time; from pathlib import Path; from probing.logs.folders.lock_holders import sign
sign(Path(sys.argv[1])); print("on", flush=True); sys.stdin.readline()
"""


def test_who_signs_waits_for_one_that_is_ending(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SIGNS, str(tmp_path / "lock")]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None and other.stdout.readline() == b"on\n"
        with pytest.raises(BlockingIOError):
            sign(tmp_path / "lock")
        assert holder_of(tmp_path / "lock") == other.pid
        ended = threading.Timer(0.2, other.kill)
        ended.start()
        os.close(sign(tmp_path / "lock", 30.0))
    finally:
        other.kill()
        other.wait()


def test_a_runner_that_is_done_is_signed_no_more_while_its_process_lives(tmp_path: Path) -> None:
    run = create_run(tmp_path / "logs", "x", "no = spec")
    code = (
        "import sys; from probing.runner import main; main(sys.argv[1:]);"
        'print("done", flush=True); sys.stdin.readline()'
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == b"done\n"
        assert holder_of(run_lock(run.path)) is None and not run.is_alive()
    finally:
        other.kill()
        other.wait()
