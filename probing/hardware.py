"""This machine's devices, their free memory and its cores, found without torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from probing.errors import DeviceError

FRESH_S = 10
PATIENCE_S = 10.0
_FIELDS = "index,uuid,name,memory.free,memory.total"


@dataclass(frozen=True)
class Processor:
    """A device by torch's name, what the maker calls it, and its memory in bytes where known."""

    name: str
    title: str
    free: int | None = None
    total: int | None = None

    @property
    def kind(self) -> str:
        """What speeds are kept under: a GPU's title, `cpu` for the processor."""
        return "cpu" if self.name == "cpu" else self.title


def expected_device(wanted: str) -> Processor:
    """The device that a run asking for `wanted` will most likely compute on.

    `auto` and `cuda` stand for the GPU with the most free memory, and `auto` for the CPU where
    there is none; of several it is that with the least. Where it cannot be known which GPUs there
    are, one has its name alone.

    Raises `DeviceError` for a GPU that is not there.
    """
    seen = () if wanted == "cpu" else gpus()
    if wanted.startswith("cuda") and (seen or _has_no_gpu()):
        check_gpu(wanted, len(seen))
    if wanted == "cpu" or (wanted in ("auto", "all") and not seen):
        free, total = memory()
        return Processor("cpu", "cpu", free, total)
    if wanted in ("auto", "cuda") and seen:
        return max(seen, key=lambda one: one.free or 0)
    several = wanted.partition(":")[2].split(",")
    own = [one for at, one in enumerate(seen) if wanted == "all" or str(at) in several]
    return min(own, key=lambda one: one.free or 0, default=Processor(wanted, wanted))


def n_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def n_workers_for(device: str, workers: int, most: int = 0) -> int:
    """How many workers a run on `device` has on this machine that asks for so many, `most` at once.

    A GPU has one; a run that asks for 0 has one for each of its GPUs, or one on the CPU.
    """
    n_gpus = _n_held(device)
    number = min(workers or n_gpus, n_gpus) if n_gpus else workers or 1
    return min(number, most or number)


def _n_held(wanted: str) -> int:
    """How many GPUs a run on `wanted` holds; 0 where it computes on the CPU."""
    if wanted == "cpu":
        return 0
    if wanted in ("auto", "all"):
        return min(len(gpus()), 1 if wanted == "auto" else 2**16)
    return len(wanted.split(","))


def check_gpu(wanted: str, n_gpus: int) -> None:
    """Raise `DeviceError` where `wanted` (`cuda`, `cuda:1` or `cuda:0,1`) is not among so many."""
    if max(int(part or 0) for part in wanted.partition(":")[2].split(",")) < n_gpus:
        return
    known = f"cuda:0 to cuda:{n_gpus - 1}" if n_gpus else "no GPU that torch can use"
    raise DeviceError(
        f"device = {wanted!r} does not exist here",
        where="device",
        hint=f'this machine has {known}; "auto" picks what is available',
    )


def memory() -> tuple[int | None, int | None]:
    """Bytes of memory that are free and that there are, by the kernel and this process's limit."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None, None
    told = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if ":" in line}
    free, total = told.get("MemAvailable"), told.get("MemTotal")
    limit = _limit()
    if free is None or total is None or limit is None or limit[1] >= total:
        return free, total
    return min(free, limit[0]), limit[1]


def _limit() -> tuple[int, int] | None:
    """What is left to this process's control group (version 2) and its limit, where it has one.

    Cached files do not count as used: they give way.
    """
    try:
        group = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2]
        folder = Path("/sys/fs/cgroup") / group.lstrip("/")
        limit, used = (int((folder / f"memory.{name}").read_text()) for name in ("max", "current"))
        told = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(limit - used + int(told.get("file", 0)), 0), limit
    except (OSError, ValueError):
        return None


def gpus() -> tuple[Processor, ...]:
    """The GPUs that a run may use, as `nvidia-smi` tells; asked again after ten seconds."""
    return _gpus(int(time.monotonic() / FRESH_S))


@lru_cache(maxsize=1)
def _gpus(_moment: int) -> tuple[Processor, ...]:
    program = shutil.which("nvidia-smi")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if program is None or _has_no_gpu():
        return ()
    command = [program, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines()]
    rows = [row for row in rows if len(row) == len(_FIELDS.split(","))]
    return tuple(_named(at, row) for at, row in enumerate(_visible(rows, visible)))


def _visible(rows: list[list[str]], visible: str | None) -> list[list[str]]:
    """The rows of the GPUs that `CUDA_VISIBLE_DEVICES` lists, in its order."""
    if visible is None:
        return rows
    wanted = [part.strip() for part in visible.split(",") if part.strip()]
    return [row for part in wanted for row in rows if row[0] == part or row[1].startswith(part)]


def _named(at: int, row: list[str]) -> Processor:
    free, total = (int(cell) * 2**20 if cell.isdigit() else None for cell in row[3:])
    return Processor(f"cuda:{at}", row[2], free, total)


def _has_no_gpu() -> bool:
    """Whether torch can use none: none is visible, or it is a build for the CPU."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1") or _is_torch_for_cpu()


def _is_torch_for_cpu() -> bool:
    """Whether the torch that is installed can use no GPU, by the name of its version."""
    try:
        return version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return True
