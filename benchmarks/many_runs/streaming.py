"""Log a hundred events a second to a new run, as a runner would: a fold every ten milliseconds.

`python -m benchmarks.many_runs.streaming LOGS SECONDS`; the run is removed at its end.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.many_runs.folder import SHAPE
from benchmarks.runs.synthetic import CONTROLS, begin, block
from probing import events as ev
from probing.logs import EventWriter, Lock, RunFolder, run_lock

PER_S = 100
NAME = "streaming"


def stream(logs: Path, seconds: float) -> None:
    """Log for so long; the run is live meanwhile."""
    folder = logs / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    run = RunFolder(folder)
    run.write(run.spec, f'name = "{NAME}"\n')
    lock = Lock(run_lock(folder))
    lock.acquire()
    writer = EventWriter(run.events)
    writer.append(begin(run, SHAPE))
    began = time.monotonic()
    for at, event in enumerate(_events()):
        if (left := began + at / PER_S - time.monotonic()) > 0:
            time.sleep(left)
        if time.monotonic() - began > seconds:
            break
        writer.append([event])
    writer.close()
    lock.release()
    shutil.rmtree(folder)


def _events() -> Iterator[ev.Event]:
    """The events of ever more cells."""
    draw, shape = random.Random(0), replace(SHAPE, n_layers=1000)
    cells = shape.cells()
    for at in range(0, len(cells), len(CONTROLS)):
        yield from block(at // len(CONTROLS), cells[at : at + len(CONTROLS)], shape, draw)


if __name__ == "__main__":
    stream(Path(sys.argv[1]), float(sys.argv[2]))
