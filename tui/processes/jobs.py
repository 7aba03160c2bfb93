"""Runs that are jobs of Slurm: submitted, alone or together, and cancelled."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress

from probing import slurm
from probing.errors import ProbingError, RunError
from probing.events import RunCancelled
from probing.logs import EventWriter, RunFolder, RunView
from probing.logs.folders.ownership import Ownership
from probing.logs.states.summaries import summed_up
from probing.spec.slurm_options import SlurmOptions, slurm_options

POLL_S = 0.5
ASKED_S = 0.4  # how old an answer of Slurm may be for whoever waits for it


def submit(run: RunFolder, more: Sequence[str] = ()) -> None:
    """Submit a run; of a new one that Slurm refuses nothing is left. Raises `ProbingError`."""
    if run.is_submitted:
        hint = f"to follow it: probe-tui attach {run.name}"
        raise RunError("is in the queue of Slurm already, or runs", where=run.name, hint=hint)
    try:
        slurm.submit(run.path, more)
    except ProbingError:
        _drop([run])
        raise


def submit_several(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """Submit new runs: those with the same options as one array of jobs. Raises as `submit`."""
    by_options: dict[str, list[RunFolder]] = {}
    for run in runs:
        by_options.setdefault(run.read_spec().engine.where, []).append(run)
    try:
        for options, alike in by_options.items():
            if len(alike) == 1:
                slurm.submit(alike[0].path)
            else:
                _submit_array(alike, slurm_options(options))
    except ProbingError:
        _drop(runs)
        raise
    return list(runs)


def _submit_array(runs: Sequence[RunFolder], options: SlurmOptions) -> None:
    """Submit one array whose elements are runs, each of which is one job then."""
    for run in runs:
        slurm.write_script(run.path, options)
    slurm.submit_together([run.path for run in runs], options)


def _drop(runs: Sequence[RunFolder]) -> None:
    """Remove the folders of new runs that have never been submitted."""
    for run in runs:
        if slurm.read_submitted(run.path) is None and not run.events.exists():
            shutil.rmtree(run.path, ignore_errors=True)


def cancel(run: RunFolder, patience_s: float) -> bool:
    """Have Slurm end a run and wait for it; log that, where its runner cannot."""
    submitted = slurm.read_submitted(run.path)
    if submitted is None:
        return False
    slurm.cancel(submitted)
    end = time.monotonic() + max(patience_s, 0.0)
    while _is_there(run) and time.monotonic() < end:
        time.sleep(POLL_S)
    if not _is_there(run):
        _log_cancelled(run)
    return True


def _is_there(run: RunFolder) -> bool:
    job = run.job(most_s=ASKED_S)
    # one that is ending would keep the run from being submitted again
    return run.is_alive() or (job is not None and (job.waits or job.is_live))


def _log_cancelled(run: RunFolder) -> None:
    """Log the end of a run that was cancelled in the queue, where nobody else writes its log."""
    view = RunView(run)
    view.update()
    held = None if view.state.end is not None else Ownership.take(run, 0.0)
    if held is None:
        return
    with suppress(ProbingError, OSError):
        writer = EventWriter(run.events)
        writer.append([summed_up(RunCancelled("scancel"), view.state, writer)])
        writer.close()
    held.release(ended=False)
