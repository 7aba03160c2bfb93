"""What a run folder keeps of the jobs that it was submitted as: `slurm.json`, beside the script."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from probing.errors import RunError

SCRIPT, RECORD, OUTPUT = "slurm.sh", "slurm.json", "runner.log"
ARRAY_SCRIPT, ARRAY_OUTPUT, WORKER_OUTPUT = "slurm-array.sh", "slurm-array.log", "worker-%a.log"
_LARGEST = 65536  # bytes
_JOB = r"\d{1,12}(_\d{1,9})?"


@dataclass(frozen=True)
class Submitted:
    """The job that a run was submitted as last, when, and how; `earlier` are those before it.

    `job` is the job that the runner is in, such as `123`, or `123_0` of an array. `n_jobs` is the
    size of that array, 0 where there is none; it is the run's own where `is_own`, so that to
    cancel the run is to cancel all of it.
    """

    job: str
    submitted: float
    n_jobs: int = 0
    is_own: bool = True
    earlier: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """What cancels the run and nothing else."""
        return self.job.partition("_")[0] if self.is_own else self.job


def read_submitted(folder: Path) -> Submitted | None:
    """The record of a run folder; None where there is none, or an odd one."""
    path = folder / RECORD
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            told = json.loads(file.read(_LARGEST))
        return _read(told)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _read(told: Any) -> Submitted:
    jobs = (told["job"], *told.get("earlier", ()))
    if not all(isinstance(one, str) and re.fullmatch(_JOB, one) for one in jobs):
        raise ValueError("no jobs")
    return Submitted(
        told["job"],
        float(told["submitted"]),
        int(told.get("n_jobs", 0)),
        told.get("is_own", True) is True,
        tuple(told.get("earlier", ())),
    )


def write_file(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file of a run folder whole or not at all; raises `RunError`."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(
            os.open(draft, flags, mode), "w", encoding="utf-8", errors="surrogateescape"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise RunError(f"cannot be written ({error.strerror})", where=str(path)) from None


def write_submitted(folder: Path, submitted: Submitted) -> None:
    """Write the record of a run folder; raises `RunError`."""
    write_file(folder / RECORD, json.dumps(asdict(submitted)) + "\n")
