"""Subject `cache`: a second run with other classifiers, through the real runner process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from benchmarks.passes.standin import random_texts, save_standin
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import Goal
from probing.logs import RunFolder, RunView, create_run

FIRST, OTHER = '["LDA", "MassMean"]', '["LogisticRegression", "Ridge"]'
_KEYS = ["pooler", "layer", "classifier", "control", "permutation", "fold"]


FIRST_RUN, SECOND_RUN = "first run", "second run, other classifiers"
COLD_RUN = "the same with an empty cache"
AROUND, PASSES = f"{SECOND_RUN}: all but its fits", f"{SECOND_RUN}: tokens run"
GOALS = (Goal(AROUND, "", 2, is_least=False), Goal(PASSES, "", 0, is_least=False))


@dataclass(frozen=True)
class Ran:
    """A finished run: its seconds in all, in the pass and in the fits, and its scores.

    `n_tokens` were run through a model; `is_cached` says that none was loaded.
    """

    seconds: float
    pass_s: float
    fits_s: float
    n_tokens: int
    is_cached: bool
    scores: pl.DataFrame

    @property
    def around_s(self) -> float:
        """Starting, importing, looking up, loading, writing."""
        return self.seconds - self.pass_s - self.fits_s


def cache_rows(sizes: Sizes, device: str) -> Iterator[list[Row]]:
    """The first run, the second with the cache warm, and the same with the cache cold."""
    first, warm, cold = list[Ran](), list[Ran](), list[Ran]()
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        save_standin(desk / "model", sizes.model)
        _write_dataset(desk / "texts.jsonl", sizes)
        for _ in range(min(2, sizes.repeats)):
            shutil.rmtree(desk / "cache", ignore_errors=True)
            first.append(_run(desk, FIRST, sizes.cache_folds, device))
            warm.append(_run(desk, OTHER, sizes.cache_folds, device))
            shutil.rmtree(desk / "cache")
            cold.append(_run(desk, OTHER, sizes.cache_folds, device))
    title = f"{sizes.cache_texts:,} texts, {sizes.model.label}"
    same = all(one.scores.equals(cold[0].scores) for one in (*warm, *cold))
    agreement = f"scores {'equal' if same else 'differ'} to those with an empty cache"
    tokens = tuple(float(one.n_tokens) for one in warm)
    rows = [
        _row(title, FIRST_RUN, first),
        replace(_row(title, SECOND_RUN, warm), agreement=agreement),
        _row(title, COLD_RUN, cold),
    ]
    parts = [
        Row("cache", title, AROUND, tuple(one.seconds - one.fits_s for one in warm)),
        Row("cache", title, PASSES, tokens, "tokens", note=_model(warm)),
    ]
    yield [*against(rows, SECOND_RUN), *against(parts, "", GOALS)]


def _row(title: str, who: str, goes: list[Ran]) -> Row:
    one = goes[0]
    note = (
        f"{_model(goes)}; pass {one.pass_s:.2f} s, fits {one.fits_s:.2f} s, "
        f"around {one.around_s:.2f} s"
    )
    return Row("cache", title, who, tuple(each.seconds for each in goes), note=note)


def _model(goes: list[Ran]) -> str:
    if all(one.is_cached for one in goes):
        return "no forward pass, no model loaded"
    return f"{goes[0].n_tokens:,} tokens run"


def _write_dataset(file: Path, sizes: Sizes) -> None:
    texts = random_texts(sizes.cache_texts, sizes.model)
    rows = [{"text": text, "label": at % 2 == 0} for at, text in enumerate(texts)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def _run(desk: Path, classifiers: str, n_folds: int, device: str) -> Ran:
    """Start a runner on a new folder, wait for its end, and read its log."""
    spec = f"""
datasets = ["{desk / "texts.jsonl"}"]
models = ["{desk / "model"}"]
poolers = [{{ pool = "mean" }}, {{ pool = "last" }}]
classifiers = {classifiers}
controls = []
n_folds = {n_folds}
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
        all(one.cached for one in passes),
        pl.read_parquet(run.scores).drop("run", "fit_s").sort(_KEYS),
    )
