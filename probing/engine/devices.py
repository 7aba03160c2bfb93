"""Choose the device of a run and lock it, so that two runs never share a GPU."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from probing.hardware import check_gpu
from probing.logs.folders.locks import Lock, device_lock
from probing.logs.waiting.waiting_runs import Place
from probing.spec import check_device_name

POLL_S = 2.0


@dataclass(frozen=True)
class Device:
    """A device that this run holds: its torch name, its product name and its locks.

    `cuda` stands for all GPUs, `members` for each by its own name; `place` is what the queue of
    runs is told.
    """

    name: str
    title: str
    locks: tuple[Lock, ...] = ()
    members: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def kind(self) -> str:
        """What speeds are kept under: a GPU's title, `cpu` for the processor."""
        return "cpu" if self.name == "cpu" else self.title

    @property
    def told(self) -> str:
        """The name in logs: every GPU where there are several."""
        return ", ".join(self.members) or self.name

    def release(self) -> None:
        """Let others have it."""
        if self.place is not None:
            self.place.leave()
        for lock in self.locks:
            lock.release()


def check(wanted: str) -> None:
    """Raise `DeviceError` where `wanted` is not a device of this machine."""
    check_device_name(wanted)
    if wanted.startswith("cuda"):
        check_gpu(wanted, torch.cuda.device_count())


def free_of_locks(wanted: str) -> str:
    """The device that `wanted` means for who holds none: `auto` is the first GPU, or the CPU."""
    check(wanted)
    if wanted in ("auto", "all"):
        return "cuda" if torch.cuda.device_count() else "cpu"
    return wanted


def take(
    wanted: str,
    on_wait: Callable[[str], None],
    *,
    every: bool = False,
    run: Path | None = None,
) -> Device:
    """Take the device `wanted`, waiting while others hold it.

    `auto` is the first free GPU, or the CPU on a machine with none; the CPU is never locked.
    With `every`, for models that spread, `auto` and `cuda` are all GPUs, or none of them yet.
    `on_wait` is called once, when the wait begins. A `run` keeps to its place among the runs that
    wait, and takes nothing while it is paused.
    """
    check(wanted)
    n_gpus = torch.cuda.device_count()
    if wanted == "cpu" or (wanted in ("auto", "all") and not n_gpus):
        return Device("cpu", platform.processor() or platform.machine())
    is_open = wanted in ("auto", "all", "cuda")
    named = [int(part) for part in wanted.partition(":")[2].split(",") if part]
    indices = list(range(n_gpus)) if is_open else named
    choices = [indices] if every or len(named) > 1 else [[index] for index in indices]
    place = None if run is None else Place(run)
    if place is not None:
        place.wait([_uuids(choice) for choice in choices])
    try:
        return _first_free(choices, place, partial(on_wait, _in_use(indices)))
    except BaseException:
        if place is not None:
            place.leave()
        raise


def _in_use(indices: Sequence[int]) -> str:
    names = ", ".join(f"cuda:{index}" for index in indices)
    return f"{names} in use by other runs"


def _first_free(
    choices: Sequence[Sequence[int]], place: Place | None, on_wait: Callable[[], None]
) -> Device:
    """The first choice of GPUs that is free, or is free once it is this one's turn."""
    told = False
    while True:
        for choice in choices:
            is_due = place is None or place.may_take(_uuids(choice))
            if is_due and (locks := _held(choice)) is not None:
                if place is not None:
                    place.hold(_uuids(choice))
                return _device(choice, locks, place)
        if not told:
            on_wait()
            told = True
        time.sleep(POLL_S)


def _held(indices: Sequence[int]) -> tuple[Lock, ...] | None:
    """The locks of all these GPUs, or of none: in one order for all, so that no two runs wait."""
    locks: list[Lock] = []
    for uuid in _uuids(indices):
        lock = Lock(device_lock(uuid))
        if not lock.acquire():
            for one in locks:
                one.release()
            return None
        locks.append(lock)
    return tuple(locks)


def _device(indices: Sequence[int], locks: tuple[Lock, ...], place: Place | None) -> Device:
    names = tuple(f"cuda:{index}" for index in indices)
    titles = ", ".join(dict.fromkeys(torch.cuda.get_device_name(index) for index in indices))
    return Device(names[0] if len(names) == 1 else "cuda", titles, locks, names, place)


def _uuids(indices: Sequence[int]) -> list[str]:
    return sorted(_uuid(index) for index in indices)


def _uuid(index: int) -> str:
    return str(torch.cuda.get_device_properties(index).uuid)
