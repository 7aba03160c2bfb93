"""Runs as jobs of Slurm: its commands, the script of a job, what its queue says."""

from probing.slurm.checks import check
from probing.slurm.commands import is_installed
from probing.slurm.own_job import OwnJob, own_job
from probing.slurm.queue import JobState, state_of
from probing.slurm.record import SCRIPT, Submitted, read_submitted
from probing.slurm.scripts import directives, script
from probing.slurm.submitting import (
    cancel,
    is_for_slurm,
    submit,
    submit_together,
    write_script,
)

__all__ = [
    "SCRIPT",
    "JobState",
    "OwnJob",
    "Submitted",
    "cancel",
    "check",
    "directives",
    "is_for_slurm",
    "is_installed",
    "own_job",
    "read_submitted",
    "script",
    "state_of",
    "submit",
    "submit_together",
    "write_script",
]
