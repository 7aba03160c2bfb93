"""Fetch what is new in the runs of a store into the folder for it on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from probing.errors import ProbingError, StoreError
from probing.logs.folders.locks import is_held, run_lock
from probing.logs.folders.plain_files import draft_of, open_to_write, write_whole
from probing.logs.folders.run_folder import RunFolder
from probing.logs.mirrors.contents import LOG, OWNER, is_small
from probing.logs.mirrors.heads import (
    END,
    MARKS_END,
    Head,
    Record,
    Sent,
    head_name,
    marks_name,
    parsed_head,
    read_record,
    write_record,
)
from probing.logs.mirrors.marks import pull_marks
from probing.logs.mirrors.places import HEADS, mirror_id
from probing.stores import Listed, ObjectStore

_AT_ONCE = 8  # runs that are fetched beside each other
_TRIES = 5


class Pulled(NamedTuple):
    """The runs that changed, and a line for each that could not be fetched."""

    changed: list[str]
    troubles: list[str]


Tokens = dict[str, tuple[str, str]]


def pull(
    logs: Path,
    store: ObjectStore,
    listed: Mapping[str, Listed] | None = None,
    known: Tokens | None = None,
) -> Pulled:
    """Fetch the small files of every run whose head or marks changed.

    Runs that this machine works on stay as they are. `listed` are the heads, where they are known;
    `known` keeps, for the next call, how those were listed that need no other look.
    """
    listed = store.list(HEADS) if listed is None else listed
    known = {} if known is None else known
    names = [name.removeprefix(f"{HEADS}/") for name in listed]
    runs = [name.removesuffix(END) for name in names if not name.endswith(MARKS_END)]
    pulled = Pulled([], [])

    def one(run: str) -> None:
        tokens = _tokens(run, listed)
        try:
            changed = known.get(run) != tokens and pull_run(logs / run, store, *tokens)
        except (ProbingError, OSError) as error:
            pulled.troubles.append(f"{run}: {error}")
            return
        if changed:
            pulled.changed.append(run)
        known[run] = tokens

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, [run for run in runs if _is_name(run)]))
    return pulled


def _tokens(run: str, listed: Mapping[str, Listed]) -> tuple[str, str]:
    names = head_name(run), marks_name(run)
    head, marks = (found.token if (found := listed.get(one)) else "" for one in names)
    return head, marks


def pull_run(folder: Path, store: ObjectStore, head_token: str, marks_token: str) -> bool:
    """Fetch what is new of a run that is listed so, if something is; whether it is."""
    record = read_record(folder)
    is_new = record is None or record.token != head_token
    is_marked = bool(marks_token) and (record is None or record.marks_token != marks_token)
    if not (is_new or is_marked) or is_worked_on(folder):
        return False
    if is_new:
        record = _fetched_run(folder, store, record)
    if record is None:
        return False
    if is_marked:
        pull_marks(folder, store)
    kept = marks_token if is_marked else record.marks_token
    write_record(folder, Record(record.head, head_token, record.is_sent, kept))
    return True


def _fetched_run(folder: Path, store: ObjectStore, before: Record | None) -> Record | None:
    """Bring a folder to what the head says; None where there is no head, or an odd one."""
    for attempt in range(_TRIES):
        try:
            head = parsed_head(store.read(head_name(folder.name)))
        except FileNotFoundError:
            return None
        if head is None:
            return None
        if before is not None and not before.is_sent and is_ours(folder, head):
            return before  # what this machine has not sent yet is newer
        try:
            _bring(folder, store, head, before.head if before else None)
            return Record(head, "", True, before.marks_token if before else "")
        except FileNotFoundError:  # its machine went on meanwhile: the head is another now
            if attempt == _TRIES - 1:
                break
            time.sleep(0.3 * (attempt + 1))
    what = "names files that are not there"
    raise StoreError(what, where=f"{store.url}/{head_name(folder.name)}", hint="try again later")


def is_ours(folder: Path, head: Head) -> bool:
    """Whether this folder is the one that a head tells of."""
    return head.mirror == mirror_id(folder.parent)


def is_worked_on(folder: Path) -> bool:
    """Whether a runner works in this very folder, here or on a machine that shares it."""
    run = RunFolder(folder)
    return is_held(run_lock(folder)) or (run.is_own(run.read_owner()) and run.is_alive())


def _bring(folder: Path, store: ObjectStore, head: Head, before: Head | None) -> None:
    """Files first, then events, then the sign of life: what events tell of is there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    fetch_files(folder, store, head, (name for name in head.files if is_small(name)))
    for name in set(before.files if before else ()) - set(head.files):
        (folder / name).unlink(missing_ok=True)
    _bring_log(folder, store, head, before)
    _bring_owner(folder, head)


def fetch_files(folder: Path, store: ObjectStore, head: Head, names: Iterable[str]) -> None:
    """Fetch these files of a run where they are not here as they were sent."""
    for name in names:
        sent, path = head.files[name], folder / name
        if not _is_as_sent(path, sent):
            _fetch(path, sent, partial(store.get, f"{folder.name}/{name}"))


def _is_as_sent(path: Path, sent: Sent) -> bool:
    try:
        about = path.stat()
    except OSError:
        return False
    return (about.st_size, about.st_mtime_ns) == (sent.size, sent.mtime_ns)


def _fetch(path: Path, sent: Sent, get: Callable[[Path], None]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, file = draft_of(path)
    os.close(file)
    try:
        get(draft)
        with draft.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != sent.sha256:
                raise FileNotFoundError(f"{path.name} is another than its head says")
        os.utime(draft, ns=(sent.mtime_ns, sent.mtime_ns))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _bring_log(folder: Path, store: ObjectStore, head: Head, before: Head | None) -> None:
    """Append the events that are new; what this machine has and the store has not, goes."""
    log = folder / LOG
    size = log.stat().st_size if log.exists() else 0
    common = before.n_bytes if before is not None and before.life == head.life else 0
    start = min(common, head.n_bytes) if size >= common else 0
    if not head.parts or (start == size == head.n_bytes and not head.is_over):
        return
    pieces = [
        store.read_from(f"{folder.name}/{one.name}", max(start - one.start, 0), one.end - one.start)
        for one in head.parts
        if one.end > start
    ]
    if start + sum(map(len, pieces)) != head.n_bytes:
        raise FileNotFoundError("the events are shorter than the head says")
    file = open_to_write(log)
    try:
        os.ftruncate(file, start)
        for piece in pieces:
            os.pwrite(file, piece, start)
            start += len(piece)
        if head.is_over and head.log_mtime_ns:
            os.utime(file, ns=(head.log_mtime_ns, head.log_mtime_ns))
    finally:
        os.close(file)


def _bring_owner(folder: Path, head: Head) -> None:
    """Whose run it is, with the time of its last sign of life; an old one where it is over."""
    owner = {"host": head.host, **head.owner, "mirror": head.mirror}
    write_whole(folder / OWNER, json.dumps(owner).encode())
    beat = 0.0 if head.is_over else min(head.beat, time.time())
    os.utime(folder / OWNER, (beat, beat))


def _is_name(run: str) -> bool:
    return bool(run) and "/" not in run and not run.startswith(".")
