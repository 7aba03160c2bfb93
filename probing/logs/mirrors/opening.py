"""Open the logs of a store: check that it answers, send what is left, fetch what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from probing.errors import ProbingError, SpecError
from probing.logs.folders.locks import Lock, run_lock
from probing.logs.mirrors.contents import LOG, OWNER
from probing.logs.mirrors.heads import Head, head_name, parsed_head, read_record
from probing.logs.mirrors.places import HEADS, made_mirror, mirror_of, url_of
from probing.logs.mirrors.pulling import is_ours, is_worked_on, pull
from probing.logs.mirrors.pushing import Pusher
from probing.stores import ObjectStore, open_store
from probing.stores.urls import scheme_of

_FRESH_S = 60.0  # a run as young as this may only be about to start
_BEGUN = ("spec.toml", "request.json")


def opened_logs(url: str, tell: Callable[[str], object]) -> Path:
    """The folder on this machine with the logs of a store, as they are now.

    `tell` is told what could not be sent or fetched, a line for each run. Raises `SpecError` and
    `StoreError` where the store cannot be used.
    """
    if scheme_of(url) == "memory":
        what = "lies in the memory of one process, and runs are processes of their own"
        raise SpecError(what, where=url, hint="use s3://, gs:// or file://")
    store = open_store(url)
    listed = store.check(HEADS)
    try:
        logs = made_mirror(store.url)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise SpecError(what, where=str(mirror_of(url)), hint="set $XDG_CACHE_HOME") from None
    for line in [*send_left(logs, store), *pull(logs, store, listed).troubles]:
        tell(line)
    return logs


def send_left(logs: Path, store: ObjectStore) -> Iterator[str]:
    """Send what runs of this machine left when they ended or were killed; yields what failed."""
    for folder in sorted(one for one in logs.iterdir() if _is_left(one)):
        lock = Lock(sending_lock(folder))
        if not lock.acquire():
            continue
        try:
            there = _head_there(folder, store)
            if there is None or is_ours(folder, there):
                Pusher(folder, store).push(is_over=True)
        except (ProbingError, OSError) as error:
            yield f"{folder.name} is on this machine alone: {error}"
            return  # the next would fail as well
        finally:
            lock.release()


def sending_lock(folder: Path) -> Path:
    """The lock of whoever sends a run."""
    return run_lock(folder).with_suffix(".sending")


def _is_left(folder: Path) -> bool:
    if folder.name.startswith(".") or not any((folder / name).exists() for name in _BEGUN):
        return False
    record = read_record(folder)
    if record is not None and record.is_sent:
        return False
    was_begun = record is not None or any((folder / name).exists() for name in (OWNER, LOG))
    is_fresh = not was_begun and time.time() - _begun(folder) < _FRESH_S
    return not is_fresh and not is_worked_on(folder)


def _begun(folder: Path) -> float:
    return max((folder / one).stat().st_mtime for one in _BEGUN if (folder / one).exists())


def _head_there(folder: Path, store: ObjectStore) -> Head | None:
    try:
        return parsed_head(store.read(head_name(folder.name)))
    except FileNotFoundError:
        return None


def store_of(logs: Path) -> ObjectStore | None:
    """The store that a logs folder belongs to; None for a folder that is just one."""
    url = url_of(logs)
    return None if url is None else open_store(url)
