"""Subject `cache`: a second run with other classifiers, through the real runner process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.sizes import Sizes
from benchmarks.standin import random_texts, save_standin
from benchmarks.table import Row, against
from probing.logs import RunFolder, RunView, create_run

FIRST, OTHER = '["LDA", "MassMean"]', '["LogisticRegression", "Ridge"]'
_KEYS = ["pooler", "layer", "classifier", "control", "permutation", "fold"]


@dataclass(frozen=True)
class Ran:
    """A finished run: its seconds in all, in the pass and in the fits, and its scores."""

    seconds: float
    pass_s: float
    fits_s: float
    n_tokens: int
    scores: pl.DataFrame


def cache_rows(sizes: Sizes, device: str) -> list[Row]:
    """The first run, the second with the cache warm, and the same with the cache cold."""
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        save_standin(desk / "model", sizes.model)
        _write_dataset(desk / "texts.jsonl", sizes)
        goes: dict[str, list[Ran]] = {"first": [], "warm": [], "cold": []}
        for _ in range(min(2, sizes.repeats)):
            shutil.rmtree(desk / "cache", ignore_errors=True)
            goes["first"].append(_run(desk, FIRST, device))
            goes["warm"].append(_run(desk, OTHER, device))
            shutil.rmtree(desk / "cache")
            goes["cold"].append(_run(desk, OTHER, device))
    title = f"{sizes.cache_texts:,} texts, {sizes.model.n_blocks} blocks of {sizes.model.width}"
    same = goes["warm"][0].scores.equals(goes["cold"][0].scores)
    word = "scores equal" if same else "scores differ"
    names = {
        "first": ("first run", ""),
        "warm": ("second run, other classifiers", f"{word} to those with an empty cache"),
        "cold": ("the same with an empty cache", ""),
    }
    rows = [_row(title, *names[key], goes[key]) for key in names]
    return against(rows, names["warm"][0])


def _row(title: str, who: str, agreement: str, goes: list[Ran]) -> Row:
    one = goes[0]
    around = one.seconds - one.pass_s - one.fits_s
    tokens = f"{one.n_tokens:,} tokens run" if one.n_tokens else "no forward pass"
    note = f"{tokens}; pass {one.pass_s:.2f} s, fits {one.fits_s:.2f} s, around {around:.2f} s"
    samples = tuple(each.seconds for each in goes)
    return Row("cache", title, who, samples, agreement=agreement, note=note)


def _write_dataset(file: Path, sizes: Sizes) -> None:
    texts = random_texts(sizes.cache_texts, sizes.model)
    rows = [{"text": text, "label": at % 2 == 0} for at, text in enumerate(texts)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def _run(desk: Path, classifiers: str, device: str) -> Ran:
    """Start a runner on a new folder, wait for its end, and read its log."""
    spec = f"""
datasets = ["{desk / "texts.jsonl"}"]
models = ["{desk / "model"}"]
poolers = [{{ pool = "mean" }}, {{ pool = "last" }}]
classifiers = {classifiers}
controls = []
n_folds = 5
device = "{device}"
dtype = "float32"
"""
    run = create_run(desk / "logs", "benchmark", spec)
    environment = os.environ | {"PROBE_TUI_CACHE": str(desk / "cache")}
    began = time.perf_counter()
    with run.log.open("wb") as log:
        command = [sys.executable, "-P", "-m", "probing.runner", str(run.path)]
        code = subprocess.run(command, stdout=log, stderr=log, env=environment).returncode
    seconds = time.perf_counter() - began
    if code:
        raise RuntimeError(f"the runner ended with {code}: {run.log.read_text()[-500:]}")
    print(f"  {classifiers}: {seconds:.3g} s", file=sys.stderr, flush=True)
    return _read(run, seconds)


def _read(run: RunFolder, seconds: float) -> Ran:
    view = RunView(run)
    view.update()
    passes, blocks = view.state.passes, view.state.blocks.values()
    return Ran(
        seconds,
        sum(one.elapsed_s for one in passes),
        sum(one.elapsed_s for one in blocks),
        sum(one.n_tokens for one in passes),
        pl.read_parquet(run.scores).drop("run", "fit_s").sort(_KEYS),
    )
