"""The real runner around a stand-in for the computation: locks, signals and events are real.

What it does is told by the spec's name: `quick`, `slow`, `partly`, `broken` or `dies`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from typing import Any

from probing import events as ev
from probing import runner
from probing.errors import ModelError
from probing.logs import EventWriter, RunFolder, RunView
from probing.logs.states.summaries import summed_up
from tests.support.fake_runs import FakeRuns, Shape

SHAPE = Shape(models=("tiny",), n_layers=1)


def execute(
    run: RunFolder, spec: Any, base: Any, shield: Any, forks: bool = False, retries: bool = False
) -> int:
    """Write what a run of two blocks would write; `slow` takes a minute until it is resumed."""
    view = RunView(run)
    view.update()
    attempt = view.state.n_attempts
    n_cells = len(SHAPE.cells())
    _write(run, ev.RunStarted(run.name, attempt, "0", os.getpid(), "here", n_cells, 1, 1))
    if spec.name == "broken":
        raise ModelError("no such model", where="tiny")
    _write(run, ev.DeviceTaken("cpu", "cpu", "float32"), ev.Warned("plan", "mind the gap"))
    _write(run, ev.PassStarted("tiny", "truth", 20, 1000))
    _write(run, ev.PassProgressed("tiny", "truth", 10, 20, 100, 200, 1.0))
    _write(run, ev.PassDone("tiny", "truth", 20, 200, 0, 2, 2.0))
    if 0 not in view.state.blocks:
        FakeRuns(run.path.parent).advance(run, 0, SHAPE)
    if spec.name == "dies" and attempt == 0:
        print("out of memory", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if spec.name == "slow" and attempt == 0:
        time.sleep(60)
    return _end(run, partly=spec.name == "partly")


def _end(run: RunFolder, partly: bool) -> int:
    cells = [cell.id for cell in SHAPE.blocks()[1]]
    if partly:
        _write(run, *(ev.CellFailed(cell, 0, "a class has 3 members") for cell in cells))
    else:
        FakeRuns(run.path.parent).advance(run, 1, SHAPE)
    n_failed = len(cells) if partly else 0
    code = 5 if partly else 0
    view = RunView(run)
    view.update()
    writer = EventWriter(run.events)
    done = ev.RunDone(len(SHAPE.cells()) - n_failed, n_failed, 3.0, code)
    writer.append([summed_up(done, view.state, writer)])
    writer.close()
    return code


def _write(run: RunFolder, *events: ev.Event) -> None:
    writer = EventWriter(run.events)
    writer.append(events)
    writer.close()


if __name__ == "__main__":
    stand_in = types.ModuleType("probing.engine.experiment")
    stand_in.execute = execute  # type: ignore[attr-defined]
    sys.modules["probing.engine.experiment"] = stand_in
    sys.exit(runner.main(sys.argv[1:]))
