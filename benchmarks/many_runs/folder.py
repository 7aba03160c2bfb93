"""Write a logs folder of thousands of finished runs, as runners leave them, in a minute.

A few runs are written event by event. Each of the others is one of these under another name, at
another time: its first and last events are its own, its tables are links to those of its model.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from benchmarks.runs.synthetic import RunShape, write_run
from probing.events import Logged, RunDone, RunStarted, from_line, to_line
from probing.logs import RunFolder
from probing.logs.states.event_log import closing_time_ns

MODELS = (
    "gpt2", "EleutherAI/pythia-160m", "bert-base-uncased", "roberta-base",
    "google/electra-small", "facebook/opt-125m", "distilbert-base", "albert-base-v2",
)  # fmt: skip
SHAPE = RunShape(n_datasets=2, n_poolers=2, n_classifiers=3, n_layers=14, n_folds=2, n_shuffles=1)
APART_S = 600.0
_SPEC = """name = "{name}"
datasets = ["dataset-0", "dataset-1"]
models = ["{model}"]
poolers = [{{ pool = "mean", layer = "each" }}, {{ pool = "mean", skip_first = 1, layer = "each" }}]
classifiers = ["LogisticRegression", "LDA", "Ridge"]
controls = ["majority", "shuffled_labels"]
n_folds = 2
"""


@dataclass(frozen=True)
class Pattern:
    """A run of one model: its first and last events, and the lines between them."""

    folder: Path
    model: str
    first: Logged
    between: bytes
    last: Logged


def write_logs(logs: Path, n_runs: int, shape: RunShape = SHAPE) -> None:
    """Write `n_runs` finished runs into a new folder, the last of them the newest."""
    patterns = _patterns(logs.with_name(f"{logs.name}-patterns"), shape)
    logs.mkdir(parents=True)
    now = time.time()
    for at in range(n_runs):
        pattern = patterns[at % len(patterns)]
        name = f"{pattern.model.rsplit('/')[-1]}-sweep-{at:05}"
        _write(logs / name, pattern, now - (n_runs - at) * APART_S)


def _patterns(folder: Path, shape: RunShape) -> list[Pattern]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:  # Polars has threads
        shapes = [replace(shape, model=model) for model in MODELS]
        folders = [folder / f"{at}" for at in range(len(MODELS))]
        runs = list(pool.map(_written, folders, shapes, range(len(MODELS))))
    return [_pattern(run, model) for run, model in zip(runs, MODELS, strict=True)]


def _written(folder: Path, shape: RunShape, seed: int) -> RunFolder:
    return write_run(folder, shape, seed=seed)


def _pattern(run: RunFolder, model: str) -> Pattern:
    lines = run.events.read_bytes().splitlines(keepends=True)
    first, last = (from_line(lines[at][:-1].decode()) for at in (0, -1))
    assert first is not None and last is not None
    return Pattern(run.path, model, first, b"".join(lines[1:-1]), last)


def _write(folder: Path, pattern: Pattern, start: float) -> None:
    folder.mkdir(mode=0o700)
    run = RunFolder(folder)
    run.spec.write_text(_SPEC.format(name=folder.name, model=pattern.model))
    owner = {"pid": 4242, "started": start, "boot_id": "", "host": "here", "ended": start + 41.5}
    run.owner.write_text(json.dumps(owner))
    for path in (run.plan, run.scores, run.results):
        os.link(pattern.folder / path.name, path)
    assert isinstance(pattern.first.event, RunStarted)
    assert isinstance(pattern.last.event, RunDone)
    began = replace(pattern.first.event, run=folder.name)
    log = to_line(replace(pattern.first, time=start, event=began)).encode() + pattern.between
    summary = {**pattern.last.event.summary, "first_time": start, "attempt_time": start}
    summary |= {"n_bytes": len(log), "crc": f"{zlib.crc32(log):08x}"}
    end = replace(pattern.last.event, summary=summary)
    with run.events.open("wb") as file:
        file.write(log)
        file.write(to_line(replace(pattern.last, time=start + 41.5, event=end)).encode())
    os.utime(run.events, ns=(closing_time_ns(start + 41.5),) * 2)
    os.utime(run.spec, (start, start))


if __name__ == "__main__":
    write_logs(Path(sys.argv[1]), int(sys.argv[2]))
