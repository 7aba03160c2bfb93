"""`python -m benchmarks many_runs`: a million cells over two thousand runs, listed and filtered."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.many_runs.folder import SHAPE, write_logs

STREAM_S = 15.0
# as the command, which does not look for garbage among what it imports
_CHILD = "import gc; gc.disable(); from benchmarks.many_runs.app_child import main; main()"


def report(n_runs: int, logs: Path | None = None) -> None:
    """Write the runs, unless `logs` has them, and print what it costs to show them."""
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        _as_installed(desk)
        if logs is None:
            began = time.monotonic()
            logs = desk / "logs"
            write_logs(logs, n_runs)
            print(f"  written in {time.monotonic() - began:.0f} s", file=sys.stderr)
        print(f"{n_runs:,} runs of {SHAPE.n_cells} cells; targets in brackets\n")
        print("| | first time | again |\n| --- | ---: | ---: |")
        shutil.rmtree(logs / ".index", ignore_errors=True)
        listed = [_command(logs, "runs") for _ in range(2)]
        _row("`probe-tui runs` [1 s]", [f"{one:.2f} s" for one in listed])
        shown = [_shown(logs, desk) for _ in range(2)]
        _row("all runs in Results [1.5 s]", [f"{one['first_s']:.2f} s" for one in shown])
        _row("its CPU", [f"{one['first_cpu_s']:.2f} s" for one in shown])
        _row("first rows in Results", [f"{one['rows_s']:.2f} s" for one in shown])
        _row("its CPU until then", [f"{one['rows_cpu_s']:.2f} s" for one in shown])
        keys = [1000 * statistics.median(one["keys_s"]) for one in shown]
        _row("a key in the filter, median [100 ms]", [f"{one:.0f} ms" for one in keys])
        stalls = [1000 * one["stalls_s"][0] for one in shown]
        _row("longest stall, 100 events/s [100 ms]", [f"{one:.0f} ms" for one in stalls])
        _row("peak memory [600 MiB]", [f"{one['mib']:.0f} MiB" for one in shown])
        some = _command(logs, "results", "--where", "lda control=", "--limit", "10")
        _row("ten rows by `results --where`", ["", f"{some:.2f} s"])


def _as_installed(desk: Path) -> None:
    """Have the processes find compiled sources, as those of a package, and a state of their own."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(desk / "compiled")
    os.environ["XDG_STATE_HOME"] = str(desk / "state")
    both = "import benchmarks.many_runs.app_child, tui.commands.of_runs.runs, tui.results.lines"
    subprocess.run([sys.executable, "-c", both], check=True)


def _row(what: str, values: list[str]) -> None:
    print(f"| {what} | {' | '.join(values)} |", flush=True)


def _command(logs: Path, *arguments: str) -> float:
    """Wall seconds of a command."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tui.cli", *arguments, "--logs", str(logs)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def _shown(logs: Path, desk: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", _CHILD, str(logs), str(desk), str(time.time()), str(STREAM_S)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(found), file=sys.stderr)
    return found
