"""Find the device a run computes on, and hold it so that two runs do not share a GPU."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from probing.errors import DeviceError
from probing.logs.locks import Lock, device_lock

POLL_S = 2.0


@dataclass(frozen=True)
class Device:
    """A device that is held: its torch name, what the maker calls it, the lock on it."""

    name: str
    title: str
    lock: Lock | None = None

    def release(self) -> None:
        """Let others have it."""
        if self.lock is not None:
            self.lock.release()


def check(wanted: str) -> None:
    """Raise `DeviceError` where `wanted` is not a device of this machine."""
    if wanted in ("auto", "cpu"):
        return
    if wanted == "mps":
        raise DeviceError(
            "Apple GPUs lack the float64 that exact fits need", where="device", hint='use "cpu"'
        )
    kind, _, index = wanted.partition(":")
    if kind != "cuda" or (index and not index.isdigit()):
        raise DeviceError(
            f"device = {wanted!r} is not known",
            where="device",
            hint='use "auto", "cpu", "cuda" or "cuda:1"',
        )
    n_gpus = torch.cuda.device_count()
    if int(index or 0) >= n_gpus:
        known = f"cuda:0 to cuda:{n_gpus - 1}" if n_gpus else "no GPU that torch can use"
        raise DeviceError(
            f"device = {wanted!r} is not there",
            where="device",
            hint=f'this machine has {known}; "auto" takes what there is',
        )


def take(wanted: str, on_wait: Callable[[str], None]) -> Device:
    """Take the device `wanted`, waiting while others hold it.

    `auto` is the first free GPU, or the CPU on a machine with none; the CPU is never locked.
    `on_wait` is told once when the wait begins.
    """
    check(wanted)
    n_gpus = torch.cuda.device_count()
    if wanted == "cpu" or (wanted == "auto" and not n_gpus):
        return Device("cpu", platform.processor() or platform.machine())
    indices = list(range(n_gpus)) if wanted in ("auto", "cuda") else [int(wanted.partition(":")[2])]
    told = False
    while True:
        for index in indices:
            lock = Lock(device_lock(_uuid(index)))
            if lock.acquire():
                return Device(f"cuda:{index}", torch.cuda.get_device_name(index), lock)
        if not told:
            names = ", ".join(f"cuda:{index}" for index in indices)
            on_wait(f"{names} held by other runs")
            told = True
        time.sleep(POLL_S)


def _uuid(index: int) -> str:
    return str(torch.cuda.get_device_properties(index).uuid)
