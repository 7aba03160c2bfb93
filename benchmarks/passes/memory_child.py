"""One pass in a process of its own, which tells its peak memory above the loaded model.

It is forked from one that has imported this module and done nothing: it loads the model itself.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.passes.plain_pass import PlainModel, original_pass
from probing import LMModel, PoolerSpec
from probing.activations import ActivationCache, Key
from probing.engine.extraction import StagedRows, Staging, extract

POOL = "mean"
N_COMPARED = 256


@dataclass(frozen=True)
class Read:
    """Features of a few texts `[n_layers, n, d]`, the bytes of all, and the share that was run."""

    some: NDArray[np.float32]
    n_bytes: int
    share: float = 1.0


Run = Callable[[Sequence[str]], Read]


def peak_of(who: str, folder: str, texts: Sequence[str], device: str) -> dict[str, float]:
    """`peak` bytes of the process, `results` bytes of the pooled features, `device` bytes of the
    GPU, and the `share` of the texts that memory held.

    It warms up on a few texts, so that the libraries have loaded what they need, and writes the
    features of the first texts to `FOLDER/WHO.npy`.
    """
    run = _ours(folder, device) if who == "ours" else _original(folder, device)
    run(texts[:4])
    _forget_peak()
    before, device_before = _resident(), _on_device(device)
    read = run(texts)
    found = {
        "peak": _peak() - before,
        "results": read.n_bytes,
        "share": read.share,
        "device": _device_peak(device) - device_before,
    }
    np.save(Path(folder) / f"{who}.npy", read.some)
    return found


def _ours(folder: str, device: str) -> Run:
    """What a run does: pooled features go to a file, and from there to the activation cache."""
    model, spec = LMModel(folder, device, dtype="float32"), PoolerSpec(pool=POOL)

    def run(texts: Sequence[str]) -> Read:
        with tempfile.TemporaryDirectory(dir=folder) as desk:
            cache, staging = ActivationCache(Path(desk), float("inf")), Staging([Path(desk)])
            extract(model, texts, [spec], sink=staging)
            n_bytes, some = 0, []
            for cell in reversed(staging.cells):
                rows = staging.rows(cell)
                assert isinstance(rows, StagedRows)
                cache.write(Key.of({}, {"layer": cell[1]}), {"features": rows}, {})
                n_bytes += rows.nbytes
                some.append(_first(rows))
                staging.drop(cell)
        return Read(np.stack(some[::-1]), n_bytes)

    return run


def _first(rows: StagedRows) -> NDArray[np.float32]:
    return rows.region[rows.place[:N_COMPARED], 0].copy()


def _original(folder: str, device: str) -> Run:
    model = PlainModel(Path(folder), device, "float32", head=True)

    def run(texts: Sequence[str]) -> Read:
        done = original_pass(model, texts, (POOL,), float("inf"))
        pooled = done.result[POOL]
        return Read(pooled[:, :N_COMPARED].numpy(), pooled.nbytes, done.share)

    return run


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    """A line of the kernel's report on this process, in bytes; elsewhere the peak for both."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))


def _forget_peak() -> None:
    """Begin the peak anew, on Linux; elsewhere the peak of loading is the baseline."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _on_device(device: str) -> int:
    return torch.cuda.memory_allocated() if device.startswith("cuda") else 0


def _device_peak(device: str) -> int:
    return torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
