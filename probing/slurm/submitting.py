"""Submit runs as jobs of Slurm, submit them again, and cancel them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from probing.errors import RunError
from probing.slurm.commands import check_installed, output_of
from probing.slurm.queue import forget
from probing.slurm.record import (
    ARRAY_SCRIPT,
    SCRIPT,
    Submitted,
    read_submitted,
    write_file,
    write_submitted,
)
from probing.slurm.scripts import array_script, script
from probing.spec.slurm_options import SlurmOptions


def write_script(folder: Path, options: SlurmOptions, n_jobs: int = 1) -> None:
    """Write the script of the run in `folder`; raises `RunError`."""
    write_file(folder / SCRIPT, script(folder.name, folder, options, n_jobs), 0o700)


def is_for_slurm(folder: Path) -> bool:
    """Whether the run in `folder` has a script for Slurm."""
    return (folder / SCRIPT).is_file()


def submit(folder: Path, more: Sequence[str] = ()) -> Submitted:
    """Submit the run in `folder` by its script; `more` goes to its runner.

    What a user has changed in the script counts. Raises `SpecError` without Slurm, and
    `RunError` where it refuses the job.
    """
    check_installed()
    began = time.time()
    path = folder / SCRIPT
    job, n_jobs = _job_of(output_of("sbatch", "--parsable", str(path), *more)), n_jobs_of(path)
    # the runner is in the first element
    return _keep(folder, Submitted(f"{job}_0" if n_jobs else job, began, n_jobs))


def n_jobs_of(path: Path) -> int:
    """The elements of the array that a script asks for, 0 where it is one job alone."""
    found = re.search(r"^#SBATCH --array=0-(\d+)", path.read_text(errors="replace"), re.MULTILINE)
    return int(found[1]) + 1 if found else 0


def submit_together(folders: Sequence[Path], options: SlurmOptions) -> list[Submitted]:
    """Submit the runs in `folders` as one array of jobs; raises as `submit` does."""
    check_installed()
    path = folders[0] / ARRAY_SCRIPT
    write_file(path, array_script(folders, options), 0o700)
    job, now = _job_of(output_of("sbatch", "--parsable", str(path))), time.time()
    return [
        _keep(folder, Submitted(f"{job}_{at}", now, len(folders), is_own=False))
        for at, folder in enumerate(folders)
    ]


def cancel(submitted: Submitted) -> None:
    """Have Slurm end a run, or take it out of the queue; raises `RunError` where it refuses."""
    check_installed()
    output_of("scancel", submitted.whole)


def _keep(folder: Path, submitted: Submitted) -> Submitted:
    """Write the record of a run, with the jobs that it was before."""
    before = read_submitted(folder)
    if before is not None:
        submitted = replace(submitted, earlier=(*before.earlier, before.job))
    write_submitted(folder, submitted)
    forget()
    return submitted


def _job_of(told: str) -> str:
    """The number of a job: `--parsable` prints it, and behind `;` the cluster."""
    found = re.match(r"\d+", told.strip().splitlines()[-1] if told.strip() else "")
    if found is None:
        raise RunError(f"sbatch tells no job: {told.strip()[:100]!r}", where="slurm")
    return found[0]
