"""Whether a run that was submitted to Slurm has ended, and not only for now."""

from __future__ import annotations

from probing.events import PUT_BACK, RunCancelled, RunDone
from probing.logs.folders.run_folder import RunFolder
from probing.logs.states.endings import ending_of
from probing.slurm import read_submitted


def is_over(run: RunFolder) -> bool:
    """Whether the run has ended since it was submitted, and not only for now."""
    ending = ending_of(run.events)
    end = ending.state.end if ending is not None else None
    if end is None or ending is None:
        return not run.spec.exists()
    if isinstance(end, RunDone):
        return True
    submitted = read_submitted(run.path)
    is_old = submitted is not None and ending.state.last_time < submitted.submitted
    return not is_old and not (isinstance(end, RunCancelled) and end.by == PUT_BACK)
