"""One run with so many workers, through the real runner process, and what its log says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.passes.standin import random_texts, save_standin
from benchmarks.shapes import ModelSize
from probing.events import EngineStarted, PassStarted, UnitDone
from probing.logs import RunFolder, RunView, create_run, read_events

MODEL = ModelSize(width=384, n_blocks=6, n_heads=6, n_words=5000)
WORK = """
poolers = [{ pool = "mean" }, { pool = "last" }]
classifiers = ["LogisticRegression", "LDA"]
controls = ["shuffled_labels"]
n_folds = 5
"""
SMALL_MODEL = ModelSize(width=32, n_blocks=1, n_heads=2, n_words=500)
LITTLE_WORK = """
poolers = [{ pool = "mean" }]
classifiers = ["LDA"]
controls = ["majority"]
n_folds = 3
"""
_PEEK_S = 0.2


@dataclass(frozen=True)
class Ran:
    """A finished run: its seconds, those of the pass and of the fits by the clock, and of the start
    of the engine; the most memory that the process of the run held, in MiB; what its units took
    in all, by kind."""

    seconds: float
    pass_s: float
    fits_s: float
    start_s: float
    driver_mib: float
    units_s: dict[str, float]


def write_inputs(desk: Path, n_texts: int, model: ModelSize = MODEL) -> None:
    """A model of random weights, and texts for it."""
    save_standin(desk / "model", model)
    rows = (
        {"text": text, "label": at % 2 == 0} for at, text in enumerate(random_texts(n_texts, model))
    )
    with (desk / "texts.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def run_with(
    desk: Path, name: str, extra: str, *, environment: dict[str, str], work: str = WORK
) -> Ran:
    """Run the spec with the lines `extra` in a process of its own, its cache empty."""
    spec = f"""
datasets = ["{desk / "texts.jsonl"}"]
models = ["{desk / "model"}"]
{work}
device = "cpu"
audit = false
save_probes = "none"
{extra}
"""
    run = create_run(desk / "logs", name, spec)
    own = {"PROBE_TUI_CACHE": str(desk / f"cache-{run.name}"), "OMP_WAIT_POLICY": "PASSIVE"}
    began = time.monotonic()
    with run.log.open("wb") as log:
        command = [sys.executable, "-P", "-m", "probing.runner", str(run.path)]
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **own, **environment}
        )
        peak = _peak_of(process)
    if process.returncode:
        raise SystemExit(run.log.read_text())
    return _ran(run, time.monotonic() - began, peak)


def _peak_of(process: subprocess.Popen[bytes]) -> float:
    """Wait for its end; the most memory that it had for itself, in MiB."""
    peak = 0
    while process.poll() is None:
        try:
            memory = psutil.Process(process.pid).memory_full_info()
            peak = max(peak, memory.uss)
        except psutil.Error:
            pass
        time.sleep(_PEEK_S)
    return peak / 2**20


def _ran(run: RunFolder, seconds: float, peak: float) -> Ran:
    view = RunView(run)
    view.update()
    logged, _ = read_events(run.events)
    passed = view.state.passes[0]
    started = next(one.time for one in logged if isinstance(one.event, PassStarted))
    starts = [one.event.elapsed_s for one in logged if isinstance(one.event, EngineStarted)]
    start = sum(starts)
    units = [one.event for one in logged if isinstance(one.event, UnitDone)]
    took = {
        kind: sum(one.elapsed_s for one in units if one.unit.startswith(kind))
        for kind in ("texts", "fits")
    }
    fits = logged[-1].time - started - passed.elapsed_s
    return Ran(seconds, passed.elapsed_s - start, fits, start, peak, took)
