"""Nothing is written through what somebody put into a run folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from probing.errors import RunError, SpecError
from probing.events import RunCancelled
from probing.logs import EventWriter, RunFolder, RunView, create_run, list_runs, write_arrays
from probing.logs.folders.full_disk import Reserve, is_disk_full, is_file_too_large
from probing.logs.folders.plain_files import check_plain
from probing.logs.runner_log import RunnerLog
from tui.processes.launcher import start_runner

NAMES = ("events.jsonl", "runner.log", "plan.json", ".plan.json.draft", "blocks", "scores.parquet")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path / "logs", "x", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_link_in_a_run_folder_stops_resume(run: RunFolder, tmp_path: Path, name: str) -> None:
    target = tmp_path / "mine"
    target.write_text("precious")
    (run.path / name).symlink_to(target)
    with pytest.raises(RunError, match="is a link or a device, so nothing is written to it"):
        start_runner(run)
    assert target.read_text() == "precious"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_two_names_too(run: RunFolder, tmp_path: Path, name: str) -> None:
    target = tmp_path / "mine"
    target.write_text("precious")
    os.link(target, run.path / name)
    with pytest.raises(RunError, match=r"is a file of two names \(a hard link\), so nothing is"):
        start_runner(run)
    assert target.read_text() == "precious"


def test_a_file_of_two_names_that_comes_later_is_not_written(run: RunFolder) -> None:
    run.events.write_text("")
    os.link(run.events, run.path.parent / "backup.jsonl")
    with pytest.raises(RunError, match=r"a hard link"):
        EventWriter(run.events)


def test_a_link_among_the_blocks_too(run: RunFolder, tmp_path: Path) -> None:
    run.parts.mkdir()
    check_plain(run.path)
    (run.parts / "0.parquet").symlink_to(tmp_path / "mine")
    with pytest.raises(RunError, match="is a link or a device"):
        check_plain(run.path)


def test_a_folder_where_a_file_belongs_is_told_before_anything_is_computed(run: RunFolder) -> None:
    (run.path / "notes").mkdir()
    check_plain(run.path)
    run.results.mkdir()
    with pytest.raises(
        RunError, match=r"results.parquet: is a folder, so nothing is written to it"
    ):
        check_plain(run.path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "endless", "link to itself"])
def test_a_run_whose_spec_is_no_file_is_listed_and_says_so(run: RunFolder, kind: str) -> None:
    run.spec.unlink()
    make = {
        "pipe": lambda: os.mkfifo(run.spec),
        "folder": run.spec.mkdir,
        "endless": lambda: run.spec.symlink_to("/dev/zero"),
        "link to itself": lambda: run.spec.symlink_to(run.spec),
    }
    make[kind]()
    assert list_runs(run.path.parent) == [run]
    with pytest.raises(SpecError, match=r"^/[^\n]*spec.toml: cannot be read"):
        run.read_spec()


def test_a_link_that_comes_later_is_not_followed(run: RunFolder, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.write_text("precious")
    run.events.symlink_to(target)
    with pytest.raises(RunError, match="is a link or a device"):
        EventWriter(run.events)
    (run.path / ".owner.json.draft").symlink_to(target)
    run.write(run.owner, "{}")
    (run.path / ".a.safetensors.draft").symlink_to(target)
    write_arrays(run.path / "a.safetensors", {"x": np.zeros(2)})
    assert target.read_text() == "precious" and run.owner.read_text() == "{}"


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_from_other_errors() -> None:
    import polars as pl

    for error in (
        OSError(errno.ENOSPC, "x"),
        OSError(errno.EDQUOT, "x"),
        RunError("cannot be written (No space left on device)"),
        pl.exceptions.ComputeError("underlying IO error: No space left on device (os error 28)"),
    ):
        assert is_disk_full(error)
    try:
        try:
            full()
        except OSError as error:
            raise ValueError("lost") from error
    except ValueError as error:
        assert is_disk_full(error)
    assert not is_disk_full(OSError(errno.EACCES, "no")) and not is_disk_full(None)


def test_the_end_is_logged_in_the_room_that_was_kept(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing import runner
    from probing.events import RunFailed

    reserve, write = Reserve(run.path), os.write
    reserve.take()
    assert reserve.path.stat().st_size > 4096

    def room(file: int, data: bytes) -> int:
        return full() if reserve.path.exists() else write(file, data)

    def work(*_: object) -> int:
        EventWriter(run.events).append([RunCancelled("x")])
        return 0

    monkeypatch.setattr(os, "write", room)
    monkeypatch.setattr(runner, "_work", work)
    assert runner._guarded(run, None, reserve, False) == 1  # type: ignore[arg-type]
    view = RunView(run)
    view.update()
    assert isinstance(view.state.end, RunFailed)
    assert view.state.end.error == f"{run.path}: the disk is full; make room, then resume it"


def test_a_file_that_may_not_grow_is_told(run: RunFolder) -> None:
    """The log itself is at the limit, so that its end cannot be written either."""
    code = (
        "import resource, sys; from probing import runner; from probing.errors import RunError\n"
        "from probing.logs import EventWriter; from probing.events import Warned\n"
        "def work(run, signals, *_):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "    EventWriter(run.events).append([Warned('x', 'y' * 300)] * 100)\n"
        "runner._work = work; sys.exit(runner.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(run.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "File too large" in done.stderr
    view = RunView(run)
    view.update()
    assert view.damage == "" and "ended" not in run.read_owner()
    os.utime(run.spec, (0, 0))
    assert view.status() == "killed"


def test_a_size_limit_is_told_from_a_full_disk() -> None:
    limit = OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    assert is_file_too_large(limit) and not is_disk_full(limit)
    assert is_file_too_large(RunError("cannot be written (File too large)"))
    assert not is_file_too_large(OSError(errno.ENOSPC, "x"))


def test_what_a_runner_prints_never_fails_it(tmp_path: Path, monkeypatch) -> None:
    file = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    log = RunnerLog(file, largest=200)
    print("naïve \ud800", file=log, flush=True)
    for _ in range(50):
        print("x" * 30, file=log)
    text = (tmp_path / "log").read_text()
    assert text.startswith("naïve \\ud800\n") and len(text) < 300
    assert text.count("this log is full") == 1
    monkeypatch.setattr(os, "write", full)
    print("lost", file=RunnerLog(file))
    os.close(file)
