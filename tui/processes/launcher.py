"""Start a run in a process of its own, and signal one that runs: through files only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from probing import spec as specs
from probing.errors import RunError
from probing.logs import RunFolder, create_run
from probing.plan.absolute_paths import absolute
from probing.spec import Spec


def launch(spec: Spec, logs: Path, base: Path) -> RunFolder:
    """Make a run folder for `spec`, paths made absolute from `base`, and start its runner."""
    run = prepare(spec, logs, base)
    start_runner(run)
    return run


def prepare(spec: Spec, logs: Path, base: Path) -> RunFolder:
    """A new run folder that holds `spec`, paths made absolute from `base`."""
    return create_run(logs, spec.name, specs.to_toml(absolute(spec, base)))


def start_runner(run: RunFolder) -> subprocess.Popen[bytes]:
    """Start (or resume) the runner of `run` in a session of its own, output to `runner.log`."""
    file = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "probing.runner", str(run.path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=run.path,
        )
    except OSError as error:
        raise RunError(f"the runner cannot start ({error.strerror})", where=run.name) from None
    finally:
        os.close(file)


def cancel(run: RunFolder, patience_s: float = 10.0) -> bool:
    """Ask the runner of `run` to stop and wait for it; False where none was alive.

    Raises `RunError` for a run of another user or on another machine.
    """
    owner = run.read_owner()
    if run.is_alive_elsewhere():
        raise RunError(f"works on {owner['host']}", where=run.name, hint="cancel it there")
    if not run.is_alive() or "pid" not in owner or "ended" in owner:
        return False
    try:
        os.kill(owner["pid"], signal.SIGTERM)
    except ProcessLookupError:
        return False
    except PermissionError:
        raise RunError("the run belongs to another user", where=run.name) from None
    end = time.monotonic() + patience_s
    while run.is_alive() and time.monotonic() < end:
        time.sleep(0.05)
    return True
