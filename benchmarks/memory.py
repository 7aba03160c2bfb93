"""Subject `memory`: the peak above the model for ever more texts, each in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import free_memory
from benchmarks.sizes import ModelSize, Sizes
from benchmarks.standin import random_texts, save_standin
from benchmarks.table import Row, against

MIB = 2**20
NAMES = {"ours": "ours", "original": "the original's way: hidden states kept"}
Found = dict[str, int]


def memory_rows(sizes: Sizes, device: str) -> list[Row]:
    """Ours and the original's way, one pooler at every layer."""
    rows = []
    known: dict[int, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        save_standin(Path(folder), sizes.memory_model)
        for n_texts in sizes.memory_texts:
            texts = random_texts(n_texts, sizes.memory_model)
            ours = _measured("ours", Path(folder), texts, device)
            need = _extrapolated(known, n_texts)
            if need is None or need < free_memory("cpu") / 2:
                known[n_texts] = _measured("original", Path(folder), texts, device)
                original, note = known[n_texts], ""
            else:
                original, note = {"peak": need}, "extrapolated: this machine would not hold it"
            title = f"{n_texts:,} texts, one pooler at every layer; {_name(sizes.memory_model)}"
            both = (("ours", ours, ""), ("original", original, note))
            rows += against([_row(title, *one) for one in both], NAMES["ours"])
    return rows


def _name(size: ModelSize) -> str:
    return f"{size.family} shape, {size.n_blocks} blocks of {size.width}; float32"


def _measured(who: str, folder: Path, texts: Sequence[str], device: str) -> Found:
    file = folder / "texts.txt"
    file.write_text("\n".join(texts), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.memory_child", who, str(folder), str(file), device]
    print(f"  {NAMES[who]}: {len(texts):,} texts", file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def _extrapolated(known: dict[int, Found], n_texts: int) -> int | None:
    """What the original's way will need, from the largest number of texts that was measured."""
    if not known:
        return None
    most = max(known)
    return known[most]["peak"] * n_texts // most


def _row(title: str, who: str, found: Found, note: str) -> Row:
    notes = [note]
    if "results" in found:
        notes.append(f"{found['results'] / MIB:,.3g} MiB of it the pooled features")
    if found.get("device"):
        notes.append(f"{found['device'] / MIB:,.0f} MiB on the GPU")
    samples = (found["peak"] / MIB,)
    note = "; ".join(filter(None, notes))
    return Row("memory", title, NAMES[who], samples, "MiB", note=note)
