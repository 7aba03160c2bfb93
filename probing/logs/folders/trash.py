"""Delete runs into a trash folder inside the logs, from which they come back as they were.

A run that is deleted is renamed to `.trash/NAME`: nothing is copied, and nothing is lost until
somebody removes it there.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from probing.errors import RunError, UnknownRunError, nearest
from probing.logs.folders.locks import Lock, run_lock
from probing.logs.folders.run_folder import RunFolder, is_run
from probing.logs.mirrors.places import url_of

TRASH = ".trash"


def delete(run: RunFolder) -> RunFolder:
    """Move a run into the trash; returns it there. Raises `RunError` for one that is live."""
    refuse_in_store(run, "deleted")
    trash = run.path.parent / TRASH
    with kept_from_runners(run, "deleted"), _told_of(run):
        trash.mkdir(mode=0o700, exist_ok=True)
        there = _free_name(trash, run.name)
        run.path.rename(there)
    os.utime(there, (time.time(),) * 2)  # when it was deleted
    return RunFolder(there)


def restore(run: RunFolder) -> RunFolder:
    """Move a run of the trash back to where it was; returns it there.

    Raises `RunError` where another run has its name now.
    """
    there = run.path.parent.parent / name_before(run)
    if os.path.lexists(there):
        hint = "rename that run first"
        raise RunError("another run has its name now", where=there.name, hint=hint)
    with _told_of(run):
        run.path.rename(there)
    return RunFolder(there)


def remove(run: RunFolder) -> None:
    """Remove a run of the trash for good."""
    if run.path.parent.name != TRASH:
        raise RunError("is not in the trash", where=run.name, hint="delete it first")
    with _told_of(run):
        shutil.rmtree(run.path)


def deleted_runs(logs: Path) -> list[RunFolder]:
    """The runs in the trash, that deleted last first."""
    try:
        found = [path for path in (logs / TRASH).iterdir() if is_run(path)]
    except OSError:
        return []
    return [RunFolder(path) for path in sorted(found, key=lambda one: -deleted_at(one))]


def find_deleted(logs: Path, name: str) -> RunFolder:
    """The run of the trash that had this name, that deleted last of several.

    The name may be its beginning where only one begins so. Raises `UnknownRunError`.
    """
    runs = deleted_runs(logs)
    exact = [run for run in runs if name in (run.name, name_before(run))]
    starting = [run for run in runs if name and run.name.startswith(name)]
    if exact or len(starting) == 1:
        return (exact or starting)[0]
    known = [run.name for run in runs]
    hint = nearest(name, known) if known else "the trash is empty"
    raise UnknownRunError(f"no deleted run {name!r}", where=str(logs / TRASH), hint=hint)


def name_before(run: RunFolder) -> str:
    """The name that a run of the trash had."""
    return re.sub(r"~\d+$", "", run.name)


def deleted_at(path: Path) -> float:
    """When a run of the trash was deleted."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def n_bytes(run: RunFolder) -> int:
    """What the files of a run take on disk, as their sizes add up."""
    total = 0
    for folder, _, names in os.walk(run.path):
        for name in names:
            with suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total


def refuse_in_store(run: RunFolder, done: str) -> None:
    """Raise `RunError` for a run of a store, whose files other machines read under its name."""
    url = url_of(run.path.parent)
    if url is not None:
        hint = f"with the store's own tools, {url}/{run.name} and {url}/.runs/{run.name}.json"
        raise RunError(f"lies in a store, where it cannot be {done}", where=run.name, hint=hint)


@contextmanager
def kept_from_runners(run: RunFolder, done: str) -> Iterator[None]:
    """Hold the lock of a run, so that no runner starts on it; raises `RunError` for a live one."""
    lock = Lock(run_lock(run.path))
    if run.is_submitted or run.is_alive_elsewhere() or not lock.acquire(0.1):
        host = run.read_owner().get("host") if run.is_alive_elsewhere() else None
        where = f" on {host}" if host else " in the queue of Slurm" if run.waits_in_queue else ""
        hint = f"cancel it first: probe-tui cancel {run.name}"
        raise RunError(f"is live{where}, so it cannot be {done}", where=run.name, hint=hint)
    try:
        yield
    finally:
        lock.release()


def _free_name(trash: Path, name: str) -> Path:
    """Where a run of that name fits in the trash; the second of a name is `NAME~2`."""
    places = (trash / (name if at == 1 else f"{name}~{at}") for at in range(1, 10**6))
    return next(place for place in places if not os.path.lexists(place))


@contextmanager
def _told_of(run: RunFolder) -> Iterator[None]:
    """Raise `RunError` for an error of the system."""
    try:
        yield
    except OSError as error:
        raise RunError(f"cannot be moved ({error.strerror})", where=str(run.path)) from None
