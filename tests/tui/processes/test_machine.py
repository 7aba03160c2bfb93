"""The machine strip: what psutil and NVML say, what they do not, and who holds a GPU."""

from __future__ import annotations

import os
import sys
import threading
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from probing.logs.waiting.waiting_runs import Ticket
from tui.processes import machine as machine_room
from tui.processes.machine import Gpu, Machine, MachineReader, Worker
from tui.runs.machine.machine_strip import lines_of
from tui.runs.queueing import QueueSeen

READ = MachineReader.read  # before the tests of places make it stand still


class FakeNvml:
    """Two GPUs; the second tells little, as under some drivers and in some containers."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        """A refusal."""

    def __init__(self) -> None:
        self.n_starts = 0

    def nvmlInit(self) -> None:  # noqa: N802
        self.n_starts += 1

    def __getattr__(self, name: str) -> Any:
        if name == "nvmlDeviceGetCount":
            return lambda: 2
        if name == "nvmlDeviceGetHandleByIndex":
            return lambda at: at
        return lambda at, *_: self._answer(name, at)

    def _answer(self, name: str, at: int) -> Any:
        told = {
            "nvmlDeviceGetUUID": f"GPU-{at}",
            "nvmlDeviceGetName": b"Big 80",
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=93),
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=61 * 2**30, total=140 * 2**30),
            "nvmlDeviceGetTemperature": 62,
            "nvmlDeviceGetComputeRunningProcesses": [
                SimpleNamespace(pid=os.getpid()),
                SimpleNamespace(pid=2**22 + 1),
            ],
        }
        if at == 1 and name not in ("nvmlDeviceGetUUID", "nvmlDeviceGetName"):
            raise self.NVMLError("not supported")
        return told[name]


def read(monkeypatch: pytest.MonkeyPatch, nvml: Any) -> Machine:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(MachineReader, "read", READ)
    moments = iter([(0.0, 0.0), (9.0, 1.0), (13.5, 3.0), (19.0, 8.5)])
    Times = namedtuple("Times", ["user", "guest", "idle"])
    monkeypatch.setattr(
        psutil, "cpu_times", lambda: Times(*(lambda busy, idle: (busy, busy, idle))(*next(moments)))
    )
    reader = MachineReader()
    assert reader.read().load == pytest.approx(90.0)
    seen: list[Machine] = []
    other = threading.Thread(target=lambda: seen.append(reader.read()))
    other.start()
    other.join()
    return seen[0]


def test_gpus_are_told_as_far_as_the_driver_does(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    seen = read(monkeypatch, nvml)
    assert seen.load == pytest.approx(100 * 4.5 / 6.5) and seen.total and nvml.n_starts == 1
    first, second = seen.gpus
    assert (first.uuid, first.title, first.load, first.celsius) == ("GPU-0", "Big 80", 93, 62)
    own = psutil.Process()
    assert first.workers[0] == Worker(os.getpid(), own.username(), own.name())
    assert first.workers[1].user == ""
    assert second == Gpu(1, "GPU-1", "Big 80")


def test_without_a_driver_there_is_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoDriver(FakeNvml):
        def nvmlInit(self) -> None:  # noqa: N802
            raise self.NVMLError("Driver Not Loaded")

    assert read(monkeypatch, NoDriver()).gpus == ()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert machine_room._started_nvml() is None


def test_the_lines_say_who_holds_what() -> None:
    gib = 2**30
    gpus = (
        Gpu(0, "GPU-ab", "Big 80", 93, 61 * gib, 140 * gib, 62, (Worker(7, "ada", "python"),)),
        Gpu(1, "GPU-cd", "Big 80", 0, 0, 140 * gib, 30, (Worker(8, "bob", "python"),)),
        Gpu(2, "GPU-ef", "Big 80", None, None, None, None),
    )
    queue = QueueSeen((Ticket(Path("logs/sweep"), 0.0, holds=("ab",)),))
    machine = Machine(2, 45.0, 3 * gib, 8 * gib, 51.0, gpus)
    assert lines_of(machine, queue, 100) == [
        "CPU  ████░░░░░░  45% of 2 cores  memory ████░░░░░░ 3.0 of 8.0 GiB  51 °C",
        "GPU0 █████████░  93%  61.0 of 140 GiB  62 °C  sweep",
        "GPU1 ░░░░░░░░░░   0%  0.0 of 140 GiB  30 °C  bob (python)",
        "GPU2 ░░░░░░░░░░   ?%  memory unknown  free",
    ]
    assert all(len(line) <= 40 for line in lines_of(machine, queue, 40))
    assert lines_of(Machine(gpus=gpus * 4), queue, 80)[-1] == "and 4 more GPUs"
