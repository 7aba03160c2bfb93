"""The process that does units of a run that another process executes, by the files of its folder.

`python -P -m probing.working RUN_FOLDER WORKER N_WORKERS`; without numbers it stands for all
workers of an element of an array of jobs, one for each GPU that it has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from probing import computing
from probing.logs import RunFolder, runner_log
from probing.logs.states.for_good import is_over

POLL_S = 2.0


def main(arguments: Sequence[str]) -> int:
    """Work until the run is over; returns the exit code."""
    computing.begin()
    folder = Path(arguments[0]).resolve()
    if is_over(RunFolder(folder)):
        return 0  # an element whose turn came too late
    with computing.loading():
        from probing.engine.experiment.units.file_worker import Stopped

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped("its job was ended or put back")

    signal.signal(signal.SIGTERM, stop)
    try:
        if len(arguments) > 1:
            _work(folder, int(arguments[1]), int(arguments[2]))
            return 0
        return _work_as_element(folder)
    except Stopped:
        return 143


def _work(folder: Path, worker: int, n_workers: int) -> None:
    from probing.engine.experiment.units.engines import worker_device
    from probing.engine.experiment.units.file_worker import FileWorker
    from probing.engine.experiment.units.worker import Worker

    if not _is_planned(RunFolder(folder)):
        return
    device, n_threads = worker_device(folder)
    FileWorker(folder, Worker(str(folder), device, n_threads).do, worker, n_workers).work()


def _is_planned(run: RunFolder) -> bool:
    """Wait until the run has a plan, whose process may still be in the queue; False where it is
    over first."""
    while not run.plan.exists():
        if is_over(run):
            return False
        time.sleep(POLL_S)
    return True


def _work_as_element(folder: Path) -> int:
    """One worker here, or a process of its own for each GPU of this element."""
    from probing.engine.experiment.units.engines import n_workers_of_job
    from probing.engine.experiment.units.slurm_engine import n_elements, own_gpu

    n_here, elements = n_workers_of_job(folder), n_elements()
    element = int(os.environ.get("SLURM_ARRAY_TASK_ID", "0"))
    if n_here < 2:
        _work(folder, element, elements)
        return 0
    command = [sys.executable, "-P", "-m", "probing.working", str(folder)]
    started = [
        subprocess.Popen(
            [*command, str(element * n_here + at), str(elements * n_here)],
            env={**os.environ, **own_gpu(at, n_here)},
        )
        for at in range(n_here)
    ]
    try:
        return max(one.wait() for one in started)
    finally:
        for one in started:
            one.terminate()


if __name__ == "__main__":
    runner_log.take_over()
    sys.exit(main(sys.argv[1:]))
