"""The queue of runs that wait for GPUs, and runs that are paused; GPUs are stood in for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from probing.engine import devices
from probing.engine.experiment import pausing
from probing.errors import RunError
from probing.logs import RunFolder
from probing.logs.waiting import waiting_runs
from probing.logs.waiting.waiting_runs import Place, move, queue, tickets
from probing.logs.waiting.wishes import NO_WISH, Wish, pause, read_wish, write_wish
from tests.support.fake_runs import FakeRuns, Shape
from tui.runs.queueing import seen_now


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuns]:
    """Runs on a machine with two GPUs, whose locks and queue are this test's own."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Big 80")
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"GPU-{index}")
    )
    monkeypatch.setattr(devices, "device_lock", lambda uuid: tmp_path / uuid)
    monkeypatch.setattr(devices, "POLL_S", 0.01)
    monkeypatch.setattr(waiting_runs, "_folder", lambda: tmp_path / "queue")
    fake = FakeRuns(tmp_path / "logs")
    yield fake
    fake.close()


def live(runs: FakeRuns, name: str) -> RunFolder:
    """A run whose lock is held."""
    run = runs.folder(name, Shape(n_layers=1))
    runs.hold(run)
    return run


def names() -> list[str]:
    return [one.run.name for one in queue()]


class BusyError(Exception):
    """Somebody waits."""


def wait(reason: str) -> None:
    raise BusyError(reason)


def waiting(runs: FakeRuns, *wanted: str) -> list[RunFolder]:
    """Runs that wait for these devices, one after the other."""
    made = []
    for at, device in enumerate(wanted):
        run = live(runs, "abcd"[at])
        choices = [["GPU-0"], ["GPU-1"]] if device == "auto" else [[f"GPU-{device[-1]}"]]
        Place(run.path).wait(choices)
        made.append(run)
        time.sleep(0.002)
    return made


def test_who_came_first_goes_first(runs: FakeRuns) -> None:
    first, second = waiting(runs, "auto", "auto")
    assert names() == ["a", "b"]
    with pytest.raises(BusyError, match="in use by other runs"):
        devices.take("auto", wait, run=second.path)
    assert names() == ["a"]
    device = devices.take("auto", wait, run=first.path)
    assert names() == [] and tickets()[0].holds == ("GPU-0",)
    other = devices.take("auto", wait, run=second.path)
    assert (device.name, other.name, names()) == ("cuda:0", "cuda:1", [])
    device.release()
    other.release()
    assert tickets() == []


def test_a_run_lets_nobody_wait_who_wants_another_gpu(runs: FakeRuns) -> None:
    _, second = waiting(runs, "cuda:0", "auto")
    assert devices.take("auto", wait, run=second.path).name == "cuda:1"


def test_runs_are_moved_and_paused(runs: FakeRuns) -> None:
    first, second, third = waiting(runs, "auto", "auto", "auto")
    assert move(third, 0) == 0 and names() == ["c", "a", "b"]
    assert move(third, 1) == 1 and names() == ["a", "c", "b"]
    assert move(first, 9) == 2 and names() == ["c", "b", "a"]
    pause(third)
    pause(second)
    assert devices.take("auto", wait, run=first.path).name == "cuda:0"
    with pytest.raises(BusyError):
        devices.take("auto", wait, run=second.path)
    with pytest.raises(RunError, match="does not wait for a GPU"):
        move(first, 0)
    seen = seen_now()
    assert seen.short(third) == "1 of 1" and seen.told(third)[0] == "queue: 1 of 1"
    assert "held: a (1 GPU), 1 GPU by no run of yours" in seen.told(third)


def test_a_run_that_is_over_has_no_place(runs: FakeRuns) -> None:
    waiting(runs, "auto", "auto")
    runs.locks.pop(0).release()
    assert names() == ["b"]
    with pytest.raises(RunError, match="is not live, so it cannot be paused"):
        pause(RunFolder(runs.logs / "a"))


def test_odd_files_are_nothing(runs: FakeRuns, tmp_path: Path) -> None:
    run = live(runs, "a")
    (tmp_path / "queue").mkdir()
    for at, text in enumerate(("", "[]", "{", '{"run": 3, "since": []}')):
        (tmp_path / "queue" / f"{at}.json").write_text(text)
        (run.path / "queue.json").write_text(text)
        assert tickets() == [] and read_wish(run.path) == NO_WISH
    write_wish(run, Wish(True, 2.5))
    assert read_wish(run.path) == Wish(True, 2.5)
    write_wish(run, NO_WISH)
    assert not (run.path / "queue.json").exists()


def test_a_paused_run_waits_between_events(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, polled = live(runs, "a"), threading.Event()
    monkeypatch.setattr(pausing, "POLL_S", 0.005)
    pausing.wait_while_paused(run, nullcontext)
    pause(run)

    def shield() -> nullcontext[None]:
        polled.set()
        return nullcontext()

    held = threading.Thread(target=pausing.wait_while_paused, args=(run, shield))
    held.start()
    assert polled.wait(5) and held.is_alive()
    pause(run, False)
    held.join(5)
    assert not held.is_alive() and "goes on at" in capsys.readouterr().err
    pause(run)

    def stopped() -> nullcontext[None]:
        raise BusyError

    with pytest.raises(BusyError):
        pausing.wait_while_paused(run, stopped)
