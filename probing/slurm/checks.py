"""Check the options of a job with Slurm itself, before anything is read or written."""

from __future__ import annotations

from probing.errors import RunError, SpecError, nearest
from probing.slurm.commands import check_installed, output_of
from probing.slurm.scripts import directives
from probing.spec.slurm_options import SlurmOptions


def check(options: SlurmOptions, n_jobs: int = 1) -> None:
    """Raise `SpecError` where Slurm is missing, lacks the partition, or refuses such a job.

    Raises `RunError` where it does not answer.
    """
    check_installed()
    known = _partitions()
    for one in filter(None, options.get("partition").split(",")):
        if one not in known:
            what = f"there is no partition {one!r}"
            raise SpecError(what, where="slurm", hint=nearest(one, set(known)))
    try:
        output_of("sbatch", "--test-only", *directives(options, n_jobs), text="#!/bin/sh\n")
    except RunError as error:
        hint = "sinfo shows what there is, and sbatch(1) what the options mean"
        raise SpecError(f"sbatch refuses the job: {error.what}", where="slurm", hint=hint) from None


def _partitions() -> list[str]:
    try:
        return output_of("sinfo", "--noheader", "--format=%R").split()
    except RunError as error:
        hint = "sinfo shows whether it is up; leave Slurm out to run it here"
        raise RunError(f"Slurm does not answer: {error.what}", where="slurm", hint=hint) from None
