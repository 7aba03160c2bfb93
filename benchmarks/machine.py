"""What this machine is, and what its matrix product and its copy reach."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from benchmarks.fits.workers import THREADS, WAITING
from probing.hardware import n_cores

REPEATS = 5
_REACHED = ("float32", "float64", "copy")
_USED = ("torch", "numpy", "scipy", "scikit-learn", "transformers", "probe-tui")


@dataclass(frozen=True)
class Rates:
    """Floating-point operations a second by precision, and bytes read and written a second.

    Of products of `size`, and of copies of 64 such matrices.
    """

    device: str
    size: int
    float32: float
    float64: float
    copy: float

    def again(self) -> Rates:
        """The best of these and of what is reached now: something else may have run before."""
        now = measured_rates(self.device, self.size)
        best = {name: max(getattr(self, name), getattr(now, name)) for name in _REACHED}
        return replace(self, **best)

    def __str__(self) -> str:
        products = f"{self.float32 / 1e9:,.0f} GF/s float32, {self.float64 / 1e9:,.0f} float64"
        return f"{products}, copy {self.copy / 1e9:,.0f} GB/s"


def measured_rates(device: str, size: int) -> Rates:
    """The best of several."""
    single, double = (
        torch.randn(size, size, dtype=dtype, device=device)
        for dtype in (torch.float32, torch.float64)
    )
    source = torch.zeros(16 * size * size, device=device)
    target = torch.empty_like(source)
    moved = 2 * source.numel() * source.element_size()
    return Rates(
        device,
        size,
        2 * size**3 / _least(lambda: single @ single, device),
        2 * size**3 / _least(lambda: double @ double, device),
        moved / _least(lambda: target.copy_(source), device),
    )


def _least(work: Callable[[], object], device: str) -> float:
    times = []
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        work()
        synchronise(device)
        times.append(time.perf_counter() - began)
    return min(times[1:])


def synchronise(device: str) -> None:
    """Wait until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def free_memory(device: str) -> int:
    """The bytes that are free on the device."""
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info()[0]
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 4 * 2**30
    available = next(line for line in lines if line.startswith("MemAvailable"))
    return 1024 * int(available.split()[1])


def about(device: str) -> dict[str, Any]:
    """Device, cores, memory, threads and versions."""
    name = torch.cuda.get_device_name() if device.startswith("cuda") else processor()
    return {
        "device": name,
        "processor": processor(),
        "cores": n_cores(),
        "memory": f"{free_memory('cpu') / 2**30:.0f} GiB free",
        "system": platform.platform(),
        "threads": threads(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _USED},
        "blas": blas(),
    }


def threads() -> dict[str, str | int]:
    """Those of torch in this process, and what the environment says."""
    said = {name: os.environ[name] for name in (*THREADS, WAITING) if name in os.environ}
    return {"torch": torch.get_num_threads(), **said}


def blas() -> list[str]:
    """The libraries that multiply here, with their threads."""
    found = threadpool_info()
    return [f"{one['internal_api']} {one['version'] or ''}, {one['num_threads']}" for one in found]


def processor() -> str:
    """The model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "CPU"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
