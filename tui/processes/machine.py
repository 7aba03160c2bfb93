"""How busy this machine is: processor, memory, temperatures, GPUs and who computes on them.

Read by psutil and, where the driver of an NVIDIA GPU is there, by NVML. What cannot be read is
None; neither is needed for anything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from probing.hardware import memory

T = TypeVar("T")
FIRST_S = 0.1
_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "acpitz")


@dataclass(frozen=True)
class Worker:
    """A process that computes on a GPU."""

    pid: int
    user: str
    name: str


@dataclass(frozen=True)
class Gpu:
    """A GPU: its load in percent, its memory in bytes, its temperature in degrees Celsius."""

    at: int
    uuid: str
    title: str
    load: int | None = None
    used: int | None = None
    total: int | None = None
    celsius: int | None = None
    workers: tuple[Worker, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What was read at one moment; loads in percent of all cores."""

    n_cores: int = 0
    load: float | None = None
    used: int | None = None
    total: int | None = None
    celsius: float | None = None
    gpus: tuple[Gpu, ...] = field(default_factory=tuple)


class MachineReader:
    """Reads the machine; `read` is called in a thread, one at a time, at most once a second.

    The load of the processor is that since the read before; the first takes a moment to see it.
    """

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None
        self._nvml: Any = None
        self._may_have_gpus = True

    def read(self) -> Machine:
        """The machine as it is now."""
        import psutil  # 0.03 s, only who looks at runs pays

        load = self._load(psutil)
        free, total = memory()
        used = None if free is None or total is None else total - free
        n_cores = psutil.cpu_count() or 0
        return Machine(n_cores, load, used, total, _processor_celsius(psutil), self._gpus())

    def _load(self, psutil: Any) -> float | None:
        """The share of all cores that worked since the last look, in percent.

        That of psutil counts for each thread apart, and each read is in a thread of its own.
        """
        if self._before is None:
            self._before = _idle_and_all(psutil)
            time.sleep(FIRST_S)
        before, now = self._before, _idle_and_all(psutil)
        self._before = now
        passed = now[1] - before[1]
        return None if passed <= 0 else min(max(100 * (1 - (now[0] - before[0]) / passed), 0), 100)

    def _gpus(self) -> tuple[Gpu, ...]:
        if self._nvml is None and self._may_have_gpus:
            self._nvml = _started_nvml()
            self._may_have_gpus = self._nvml is not None
        nvml = self._nvml
        count = _told(nvml, lambda: nvml.nvmlDeviceGetCount()) if nvml else 0
        return tuple(gpu for at in range(count or 0) if (gpu := _gpu(nvml, at)) is not None)


def _idle_and_all(psutil: Any) -> tuple[float, float]:
    """The seconds for which cores waited, and all that passed; a guest's are its host's too."""
    times = psutil.cpu_times()._asdict()
    twice = times.get("guest", 0.0) + times.get("guest_nice", 0.0)
    return times["idle"] + times.get("iowait", 0.0), sum(times.values()) - twice


def _started_nvml() -> Any:
    """The bindings of NVML; None on a machine without the driver."""
    with suppress(Exception):
        import pynvml  # 0.03 s

        pynvml.nvmlInit()
        return pynvml
    return None


def _gpu(nvml: Any, at: int) -> Gpu | None:
    handle = _told(nvml, lambda: nvml.nvmlDeviceGetHandleByIndex(at))
    if handle is None:
        return None
    memory_of = _told(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    sensor = getattr(nvml, "NVML_TEMPERATURE_GPU", 0)
    return Gpu(
        at,
        _text(_told(nvml, lambda: nvml.nvmlDeviceGetUUID(handle))),
        _text(_told(nvml, lambda: nvml.nvmlDeviceGetName(handle))),
        _told(nvml, lambda: int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        getattr(memory_of, "used", None),
        getattr(memory_of, "total", None),
        _told(nvml, lambda: int(nvml.nvmlDeviceGetTemperature(handle, sensor))),
        _workers(_told(nvml, lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle)) or ()),
    )


def _told(nvml: Any, ask: Callable[[], T]) -> T | None:
    """An answer of NVML; None where this GPU or this driver gives none."""
    try:
        return ask()
    except (nvml.NVMLError, AttributeError, TypeError, ValueError):
        return None


def _workers(processes: Iterable[Any]) -> tuple[Worker, ...]:
    import psutil

    found = []
    for one in processes:
        user, name = "", ""
        # it may have ended, or be of a container that is not seen from here
        with suppress(psutil.Error, OSError, KeyError):
            process = psutil.Process(one.pid)
            user, name = process.username(), process.name()
        found.append(Worker(int(one.pid), user, name))
    return tuple(found)


def _processor_celsius(psutil: Any) -> float | None:
    with suppress(AttributeError, OSError, ValueError, RuntimeError):
        found = psutil.sensors_temperatures()
        known = [found[name][0].current for name in _SENSORS if found.get(name)]
        return float(known[0]) if known else None
    return None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
