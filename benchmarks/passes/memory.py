"""Subject `memory`: the peak above the model for ever more texts, each in its own process."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import free_memory
from benchmarks.passes import memory_child
from benchmarks.passes.standin import random_texts, save_standin
from benchmarks.shapes import ModelSize
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import FLAT_MIB, Goal

MIB = 2**20
OURS, ORIGINAL = "ours", "the original's way: hidden states kept"
NAMES = {"ours": OURS, "original": ORIGINAL}
GOALS = (Goal(ORIGINAL, OURS, 20),)
FLAT = (Goal(OURS, "", FLAT_MIB, is_least=False),)
_CONTEXT = multiprocessing.get_context("forkserver")
_TOO_MUCH = "extrapolated: this machine would not hold it"


@dataclass(frozen=True)
class Peak:
    """The peak of one pass in bytes, that of the GPU, and what of the pooled features is kept."""

    peak: float
    results: int = 0
    device: int = 0
    note: str = ""


def memory_rows(sizes: Sizes, device: str) -> Iterator[list[Row]]:
    """Ours and the original's way, one pooler at every layer; then the growth with the texts."""
    for model, numbers in sizes.memory:
        peaks: dict[str, dict[int, Peak]] = {"ours": {}, "original": {}}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            save_standin(folder, model)
            every = random_texts(max(numbers), model)
            for n_texts in numbers:
                # few and many begin alike, so that features compare where one was not run
                texts = every[:n_texts]
                peaks["ours"][n_texts] = _measured("ours", folder, texts, device)
                peaks["original"][n_texts] = _original(peaks["original"], folder, texts, device)
                yield _rows(model, n_texts, peaks, _agreement(folder))
        if len(numbers) > 1:
            yield _growth(model, numbers, peaks)


def _rows(
    model: ModelSize, n_texts: int, peaks: dict[str, dict[int, Peak]], agreement: str
) -> list[Row]:
    title = f"{n_texts:,} texts, one pooler at every layer; {model.label}; float32"
    rows = [_row(title, who, peaks[who][n_texts], agreement) for who in NAMES]
    return against(rows, OURS, GOALS)


def _row(title: str, who: str, peak: Peak, agreement: str) -> Row:
    notes = [peak.note]
    if peak.results:
        notes.append(f"{peak.results / MIB:,.3g} MiB of pooled features")
    if peak.device:
        notes.append(f"{peak.device / MIB:,.0f} MiB on the GPU")
    note, agreement = "; ".join(filter(None, notes)), agreement if who == "ours" else ""
    return Row("memory", title, NAMES[who], (peak.peak / MIB,), "MiB", None, agreement, note)


def _growth(
    model: ModelSize, numbers: Sequence[int], peaks: dict[str, dict[int, Peak]]
) -> list[Row]:
    """The slope between the fewest and the most texts."""
    few, many = min(numbers), max(numbers)
    title = f"growth from {few:,} to {many:,} texts; {model.label}; float32"
    rows = []
    for who, name in NAMES.items():
        of = peaks[who]
        slope = (of[many].peak - of[few].peak) / MIB / (many - few) * 1000
        note = of[many].note
        rows.append(Row("memory", title, name, (slope,), "MiB per 1,000 texts", note=note))
    return against(rows, OURS, FLAT)


def _original(known: dict[int, Peak], folder: Path, texts: Sequence[str], device: str) -> Peak:
    """Measured where half of the free memory holds it, else from the largest number that was."""
    if known:
        most = max(known)
        need = known[most].peak * len(texts) / most
        if need > free_memory("cpu") / 2:
            return Peak(need, note=_TOO_MUCH)
    return _measured("original", folder, texts, device)


def _measured(who: str, folder: Path, texts: Sequence[str], device: str) -> Peak:
    print(f"  {NAMES[who]}: {len(texts):,} texts", file=sys.stderr, flush=True)
    _CONTEXT.set_forkserver_preload([memory_child.__name__])
    with ProcessPoolExecutor(1, _CONTEXT) as child:
        found = child.submit(memory_child.peak_of, who, str(folder), texts, device).result()
    share = found["share"]
    note = "" if share == 1 else f"{_TOO_MUCH}, {share:.0%} of the texts were run"
    return Peak(found["peak"] / share, int(found["results"]), int(found["device"]), note)


def _agreement(folder: Path) -> str:
    """The largest difference of the features, in deviations of each layer's."""
    ours, original = (np.load(folder / f"{who}.npy") for who in NAMES)
    n_layers, n = original.shape[:2]
    distance = np.abs(ours[:, :n] - original).reshape(n_layers, -1).max(1)
    return f"features within {(distance / original.reshape(n_layers, -1).std(1)).max():.1g}"
