"""Measure `probe-tui` in a process of its own: its CPU seconds and its peak memory.

A process counts the memory of the one that started it as its own; so this small one starts it:
`python -m benchmarks.runs.child PRINTED COMMAND …`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
_UNIT = 1 if sys.platform == "darwin" else 1024  # of `ru_maxrss`, in bytes


@dataclass(frozen=True)
class Spent:
    """What a process took: CPU seconds, peak memory in MiB, bytes that it printed."""

    cpu_s: float
    mib: float
    n_bytes: int


def measured(command: Sequence[str], logs: Path, printed: Path) -> Spent:
    """Run `probe-tui` with these arguments on a logs folder; what it prints goes to a file."""
    whole = [sys.executable, "-m", "benchmarks.runs.child", str(printed)]
    whole += [*command, "--logs", str(logs)]
    done = subprocess.run(whole, stdout=subprocess.PIPE, text=True, check=True)
    spent = Spent(**json.loads(done.stdout))
    print(f"  {' '.join(command)}: {spent.cpu_s:.3g} s", file=sys.stderr, flush=True)
    return spent


def main(printed: Path, command: Sequence[str]) -> int:
    """Run and print what it took as JSON; the exit code is that of the command."""
    with printed.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", "tui.cli", *command], stdout=file)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    spent = {
        "cpu_s": used.ru_utime + used.ru_stime,
        "mib": used.ru_maxrss * _UNIT / MIB,
        "n_bytes": printed.stat().st_size,
    }
    print(json.dumps(spent))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
