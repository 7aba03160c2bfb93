"""One pass in a process of its own, which prints its peak memory above the loaded model.

`python -m benchmarks.memory_child WHO FOLDER TEXTS_FILE DEVICE` prints bytes as JSON: `peak`
and `results` (the pooled features themselves) of the process, `device` of the GPU.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks.plain_pass import PlainModel, original_pass
from probing import LMModel, PoolerSpec
from probing.extraction import extract

POOL = "mean"
Run = Callable[[Sequence[str]], torch.Tensor]


def main(who: str, folder: str, texts_file: str, device: str) -> None:
    """Warm up on a few texts, so that the libraries have loaded what they need; then measure."""
    texts = Path(texts_file).read_text(encoding="utf-8").splitlines()
    run = _ours(folder, device) if who == "ours" else _original(folder, device)
    run(texts[:4])
    _forget_peak()
    before, device_before = _resident(), _on_device(device)
    results = run(texts)
    found = {
        "peak": _peak() - before,
        "results": results.numel() * results.element_size(),
        "device": _device_peak(device) - device_before,
    }
    print(json.dumps(found))


def _ours(folder: str, device: str) -> Run:
    model, spec = LMModel(folder, device, dtype="float32"), PoolerSpec(pool=POOL)
    return lambda texts: extract(model, texts, [spec]).features[spec]


def _original(folder: str, device: str) -> Run:
    model = PlainModel(Path(folder), device, "float32", head=True)
    return lambda texts: original_pass(model, texts, (POOL,), float("inf")).result[POOL]


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


if __name__ == "__main__":
    main(*sys.argv[1:])
