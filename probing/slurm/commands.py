"""Call the commands of Slurm; what they print on standard error becomes one line."""

from __future__ import annotations

import os
import shutil
import subprocess

from probing.errors import RunError, SpecError

PATIENCE_S = 60.0
# formats that users set for themselves would change what is read
_OWN_FORMATS = (
    "SQUEUE_FORMAT",
    "SQUEUE_FORMAT2",
    "SINFO_FORMAT",
    "SQUEUE_STATES",
    "SLURM_TIME_FORMAT",
)


def is_installed() -> bool:
    """Whether jobs can be submitted from this machine."""
    return shutil.which("sbatch") is not None


def check_installed() -> None:
    """Raise `SpecError` on a machine without Slurm."""
    if not is_installed():
        what = "Slurm is not installed on this machine (no command sbatch)"
        hint = "run this on a login node of the cluster, or leave Slurm out to run it here"
        raise SpecError(what, where="slurm", hint=hint)


def output_of(*command: str, text: str = "", patience_s: float = PATIENCE_S) -> str:
    """What a command of Slurm prints, given `text` on its standard input.

    Raises `RunError` where it fails, does not answer, or is not there.
    """
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience_s,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        what = f"{command[0]} has not answered within {patience_s:g} s"
        raise RunError(what, where="slurm", hint="try again later") from None
    except OSError as error:
        raise RunError(f"{command[0]} cannot run ({error.strerror})", where="slurm") from None
    if done.returncode:
        raise RunError(_first_error(done.stderr) or f"{command[0]} failed", where="slurm")
    return done.stdout


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in _OWN_FORMATS}


def _first_error(text: str) -> str:
    """The last errors that a command printed, in one line, without the marks before them."""
    lines = [
        line.split("error:", 1)[-1].split("fatal:", 1)[-1].strip()
        for line in text.splitlines()
        if line.strip()
    ]
    return ": ".join(list(dict.fromkeys(lines))[-2:])[:300]
