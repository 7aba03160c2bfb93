"""Start a run in a process of its own, and signal one that runs: through files only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from probing import spec as specs
from probing.datasets import resolve
from probing.errors import RunError
from probing.logs import RunFolder, create_run
from probing.spec import ModelSpec, Spec


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


def absolute(spec: Spec, base: Path) -> Spec:
    """`spec` as it reads from any folder: an entry that means several files becomes several.

    Raises `DatasetError` for a dataset that is not there.
    """
    data = [
        replace(entry, path=os.path.normpath(path))
        for entry in spec.datasets
        for path in resolve(entry, base)
    ]
    return replace(
        spec,
        datasets=tuple(entry for at, entry in enumerate(data) if entry not in data[:at]),
        models=tuple(_absolute_model(entry, base) for entry in spec.models),
        classifiers=tuple(
            replace(one, name=_absolute_plugin(one.name, base)) if one.is_file else one
            for one in spec.classifiers
        ),
    )


def _absolute_model(entry: ModelSpec, base: Path) -> ModelSpec:
    tokenizer = entry.tokenizer and _absolute_folder(entry.tokenizer, base)
    return replace(entry, model=_absolute_folder(entry.model, base), tokenizer=tokenizer)


def _absolute_folder(name: str, base: Path) -> str:
    path = base / Path(name).expanduser()
    return os.path.normpath(path) if path.is_dir() else name


def _absolute_plugin(name: str, base: Path) -> str:
    file, _, cls = name.rpartition(":")
    return f"{os.path.normpath(base / Path(file).expanduser())}:{cls}"


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
