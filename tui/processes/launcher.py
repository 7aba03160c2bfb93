"""Start the runner of a run in a process of its own, and cancel a live one by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from probing import slurm
from probing import spec as specs
from probing.errors import RunError
from probing.logs import RunFolder, create_run
from probing.logs.folders.plain_files import check_plain, open_to_write
from probing.logs.waiting.wishes import pause, read_wish, wait_for
from probing.plan.absolute_paths import absolute
from probing.spec import Spec
from probing.spec.engines import SLURM
from probing.spec.slurm_options import SlurmOptions, slurm_options
from tui.processes import jobs

POLL_S = 0.05
TAKING_UP_S = 2.0


def launch(spec: Spec, logs: Path, base: Path) -> RunFolder:
    """Make a run folder for `spec`, paths made absolute from `base`, and start its runner."""
    run = prepare(spec, logs, base)
    start_runner(run)
    return run


def launch_in_turn(specs: Sequence[Spec], logs: Path, base: Path) -> list[RunFolder]:
    """Start a run of each spec; on the CPU each waits for the one before it.

    Those for Slurm with the same options are one array of jobs.
    """
    submitted = jobs.submit_several([prepare(one, logs, base) for one in specs if _is_job(one)])
    runs: list[RunFolder] = []
    for spec in [one for one in specs if not _is_job(one)]:
        run = prepare(spec, logs, base)
        if runs:
            wait_for(run, runs[-1])
        start_runner(run)
        runs.append(run)
    return [*submitted, *runs]


def _is_job(spec: Spec) -> bool:
    return spec.engine.kind == SLURM


def prepare(spec: Spec, logs: Path, base: Path) -> RunFolder:
    """A new run folder that holds `spec`, paths made absolute from `base`, and its job's script."""
    run = create_run(logs, spec.name, specs.to_toml(absolute(spec, base)))
    if spec.engine.kind == SLURM:
        slurm.write_script(run.path, *job_of(spec))
    return run


def check_engine(spec: Spec) -> None:
    """Raise `ProbingError` where nothing can compute `spec`: no Slurm, no such partition."""
    if spec.engine.kind == SLURM:
        slurm.check(*job_of(spec))


def job_of(spec: Spec) -> tuple[SlurmOptions, int]:
    """What a spec asks of Slurm, and of how many elements its array is."""
    options = slurm_options(spec.engine.where)
    return options, options.n_elements(is_spread=spec.is_spread)


def start_runner(run: RunFolder, *, retries: bool = False) -> subprocess.Popen[bytes] | None:
    """Start (or resume) the runner of `run` in a session of its own, output to `runner.log`.

    A run that was paused goes on; one that `retries` computes its failed cells again. That of a
    run with a script for Slurm is submitted: then None is returned.
    """
    check_plain(run.path)
    if read_wish(run.path).is_paused:
        pause(run, False)
    more = ["--retry"] if retries else []
    if slurm.is_for_slurm(run.path):
        jobs.submit(run, more)
        return None
    try:
        file = open_to_write(run.log, os.O_APPEND)
    except OSError as error:
        what = f"the runner's log cannot be written ({error.strerror})"
        raise RunError(what, where=str(run.log), hint="make room or check its owner") from None
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "probing.runner", str(run.path.absolute()), *more],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=run.path,
        )
    except OSError as error:
        raise RunError(f"the runner cannot start ({error.strerror})", where=run.name) from None
    finally:
        os.close(file)


def cancel(run: RunFolder, patience_s: float = 10.0) -> bool:
    """Ask the runner of `run` to stop and wait for it; False if the run is not live.

    Signals only the process that holds the run, whatever its files say; kills it if it does
    not stop. Raises `RunError` for a run of another user, on another machine, or whose process
    cannot be seen from here.
    """
    if run.is_submitted:
        return jobs.cancel(run, patience_s)
    if run.is_alive_elsewhere():
        host = run.read_owner()["host"]
        raise RunError(f"runs on {host}", where=run.name, hint="cancel it there")
    owner = run.read_owner()
    if not run.is_alive() or "pid" not in owner or "ended" in owner:
        return False
    pid = _runner_of(run, min(patience_s, TAKING_UP_S))
    if pid is None:
        return False
    _signal(run, pid, signal.SIGTERM)
    if patience_s and not _is_over(run, patience_s):
        # a plug-in may ignore the first; what is committed stays, whenever a runner ends
        _signal(run, pid, signal.SIGKILL)
        _is_over(run, patience_s)
    return True


def _runner_of(run: RunFolder, patience_s: float) -> int | None:
    """The pid of the runner, waiting for one that is starting; None if it is gone."""
    end = time.monotonic() + patience_s
    while (pid := run.runner_pid()) is None and run.is_alive():
        if time.monotonic() >= end:
            if not patience_s:
                return None
            what = "is held by a process that its owner.json does not name: nothing is signalled"
            raise RunError(what, where=run.name, hint="end that process where it was started")
        time.sleep(POLL_S)
    return pid


def _is_over(run: RunFolder, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while run.is_alive():
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_S)
    return True


def _signal(run: RunFolder, pid: int, number: signal.Signals) -> None:
    """Signal the runner; a kill also ends the processes of its group."""
    if run.runner_pid() != pid:
        return
    try:
        if number == signal.SIGKILL and os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise RunError("the run belongs to another user", where=run.name) from None
