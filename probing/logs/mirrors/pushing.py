"""Send what is new in a run folder to its store."""

from __future__ import annotations

import hashlib
import secrets
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing.errors import RunError
from probing.logs.folders.owners import read_owner
from probing.logs.folders.plain_files import read_bytes
from probing.logs.folders.run_folder import BEAT_S
from probing.logs.mirrors.contents import LOG, OWNER, PRINTED, files_of
from probing.logs.mirrors.heads import (
    Head,
    Part,
    Record,
    Sent,
    head_name,
    parsed_head,
    read_record,
    write_record,
)
from probing.logs.mirrors.log_parts import bytes_of, next_part, tail_of, whole_lines, whole_log
from probing.logs.mirrors.places import mirror_id
from probing.stores import ObjectStore

_AT_ONCE = 2**23  # bytes: read once, so that what is hashed is what is sent


class Pusher:
    """Sends one run folder, again and again; goes on from what was sent or fetched before.

    `push` raises `ProbingError` where the store fails, and `OSError` where the folder does; what
    it sent until then is not sent again. It raises `RunError` once another machine has the run.
    """

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        self.folder, self.store = folder, store
        record = read_record(folder)
        self._marks_token = record.marks_token if record else ""
        self.head = record.head if record else Head(life=secrets.token_hex(8))
        here = {name for name, _ in files_of(folder)}
        self._elsewhere = set(self.head.files) - here  # large ones that were never fetched
        self._files = dict(self.head.files)
        self._gone: list[str] = []

    def push(self, is_over: bool) -> bool:
        """Send what is new; whether that was anything. `is_over`: nobody works on it any more."""
        end = whole_lines(self.folder / LOG, self.head.n_bytes)
        is_due = is_over or time.time() - self.head.beat >= BEAT_S
        if is_due:
            self._check_ours()
        self._send_files(is_due)
        parts = self._send_log(end, is_over)
        head = self._new_head(parts, is_over)
        news = replace(head, beat=self.head.beat) != self.head
        if news or is_due:
            self.store.write(head_name(self.folder.name), head.to_bytes())
            self.head = head
            self._keep(is_sent=is_over)
        self._clear()
        return news

    def _check_ours(self) -> None:
        """Raise `RunError` where another machine took the run over, which this one had sent."""
        own = mirror_id(self.folder.parent)
        if self.head.mirror != own:
            return  # this one takes it over
        try:
            there = parsed_head(self.store.read(head_name(self.folder.name)))
        except FileNotFoundError:
            return
        if there is not None and there.mirror != own:
            what = f"is worked on by {there.host} now, so nothing more of it is sent from here"
            raise RunError(what, where=self.folder.name, hint="cancel it here")

    def _new_head(self, parts: tuple[Part, ...], is_over: bool) -> Head:
        log = self.folder / LOG
        mtime_ns = log.stat().st_mtime_ns if is_over and log.exists() else 0
        owner: dict[str, Any] = read_owner(self.folder / OWNER)
        return replace(
            self.head,
            host=socket.gethostname(),
            mirror=mirror_id(self.folder.parent) or "",
            beat=time.time(),
            is_over=is_over,
            log_tail=tail_of(log, parts[-1].end) if parts else 0,
            log_mtime_ns=mtime_ns,
            owner={key: value for key, value in owner.items() if key != "mirror"},
            files=dict(self._files),
            parts=parts,
        )

    def _send_files(self, is_due: bool) -> None:
        here = dict(files_of(self.folder))
        stamps = {name: (one.size, one.mtime_ns) for name, one in self._files.items()}
        # those that a reader may be fetching now last, just before the head that tells of them
        for name, about in sorted(here.items(), key=lambda one: one[0] in stamps):
            is_new = stamps.get(name) != (about.st_size, about.st_mtime_ns)
            if is_new and (is_due or name != PRINTED):
                self._send(name, about.st_mtime_ns)
        self._elsewhere -= here.keys()
        for name in self._files.keys() - here.keys() - self._elsewhere:
            del self._files[name]
            self._gone.append(name)

    def _send(self, name: str, mtime_ns: int) -> None:
        path, there = self.folder / name, f"{self.folder.name}/{name}"
        try:
            if path.stat().st_size <= _AT_ONCE:
                data = read_bytes(path)
                size, digest = len(data), hashlib.sha256(data).hexdigest()
                self.store.write(there, data)
            else:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                self.store.put(there, path)
                size = path.stat().st_size
                if path.stat().st_mtime_ns != mtime_ns:
                    return  # it was written meanwhile: another time
        except FileNotFoundError:
            return  # it went away meanwhile
        self._files[name] = Sent(size, mtime_ns, digest)

    def _send_log(self, end: int, is_over: bool) -> tuple[Part, ...]:
        log, before = self.folder / LOG, self.head.parts
        n_bytes = self.head.n_bytes
        if end < n_bytes or (n_bytes and tail_of(log, n_bytes) != self.head.log_tail):
            # a damaged log was cut: another begins
            self._gone += [one.name for one in before]
            self.head = replace(self.head, parts=(), life=secrets.token_hex(8))
            end, before = whole_lines(log, 0), ()
        if is_over and end and before != (whole_log(end),):
            kept, part = list[Part](), whole_log(end)
        elif end > self.head.n_bytes:
            kept, part = next_part(before, end)
        else:
            return before
        if part.end - part.start > _AT_ONCE and part.name == LOG and log.stat().st_size == end:
            self.store.put(f"{self.folder.name}/{part.name}", log)
        else:
            self.store.write(f"{self.folder.name}/{part.name}", bytes_of(log, part))
        self._gone += [one.name for one in before if one not in kept and one.name != part.name]
        return (*kept, part)

    def _clear(self) -> None:
        """Delete what the head names no more, once it does not."""
        gone, self._gone = self._gone, []
        self.store.delete(f"{self.folder.name}/{name}" for name in gone)

    def _keep(self, is_sent: bool) -> None:
        write_record(self.folder, Record(self.head, "", is_sent, self._marks_token))
