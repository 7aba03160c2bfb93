"""The job of Slurm that this process runs in, by its environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from probing.errors import RunError
from probing.slurm.commands import output_of

_PATIENCE_S = 10.0  # of a process that was asked to end


@dataclass(frozen=True)
class OwnJob:
    """The job (`123`, or `123_0` of an array), where it runs, and how often it was put back."""

    job: str
    number: str
    node: str
    partition: str
    n_restarts: int

    def goes_on_later(self) -> bool:
        """Whether Slurm has put it back into the queue: then it ends this process only for now."""
        try:
            told = output_of("scontrol", "show", "job", "-o", self.number, patience_s=_PATIENCE_S)
        except RunError:
            return False
        found = re.search(r"\bRestarts=(\d+)", told)
        return found is not None and int(found[1]) > self.n_restarts


def own_job() -> OwnJob | None:
    """The job that this process runs in; None outside of Slurm."""
    number = os.environ.get("SLURM_JOB_ID", "")
    if not number.isdigit():
        return None
    of = os.environ.get("SLURM_ARRAY_JOB_ID", ""), os.environ.get("SLURM_ARRAY_TASK_ID", "")
    restarts = os.environ.get("SLURM_RESTART_COUNT", "0")
    return OwnJob(
        "_".join(of) if all(one.isdigit() for one in of) else number,
        number,
        os.environ.get("SLURMD_NODENAME", ""),
        os.environ.get("SLURM_JOB_PARTITION", ""),
        int(restarts) if restarts.isdigit() else 0,
    )
