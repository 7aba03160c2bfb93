"""The queue of a user's runs that wait for GPUs of this machine: small files, no server.

A runner that wants GPUs says so in a file beside the locks: its run, since when, and which GPUs
would do. It lets those go first that stand before it and want one of the same, and once it has
its GPUs the file says which. The file counts while the lock of its run is held.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probing.errors import RunError
from probing.logs.folders.locks import locks_folder, run_lock
from probing.logs.folders.plain_files import draft_of, read_bytes
from probing.logs.folders.run_folder import RunFolder
from probing.logs.waiting.wishes import NO_WISH, Wish, read_wish, write_wish

_LARGEST = 2**20  # bytes


@dataclass(frozen=True)
class Ticket:
    """A run that waits for one of several choices of GPUs, or holds some; GPUs by their UUIDs."""

    run: Path
    since: float
    choices: tuple[tuple[str, ...], ...] = ()
    holds: tuple[str, ...] = ()
    wish: Wish = NO_WISH

    @property
    def place(self) -> float:
        """Its place in the queue: the lowest is first."""
        return self.since if self.wish.place is None else self.wish.place

    @property
    def is_waiting(self) -> bool:
        """Whether it has no GPU yet."""
        return not self.holds

    def wants_one_of(self, gpus: Iterable[str]) -> bool:
        """Whether it would take one of these GPUs if it were free."""
        wanted = {gpu for choice in self.choices for gpu in choice}
        return self.is_waiting and not self.wish.is_paused and not wanted.isdisjoint(gpus)


def tickets() -> list[Ticket]:
    """Every living run of this user that waits for GPUs of this machine or holds some, in order."""
    try:
        files = list(_folder().glob("*.json"))
    except (OSError, RunError):
        return []
    found = [ticket for file in files if (ticket := _read(file)) is not None]
    alive = [one for one in found if RunFolder(one.run).is_alive()]
    return sorted(alive, key=lambda one: (one.place, str(one.run)))


def queue() -> list[Ticket]:
    """The runs that wait, the next one first."""
    return [one for one in tickets() if one.is_waiting]


class Place:
    """The place of a runner in the queue, from `wait` until `leave`."""

    def __init__(self, run: Path) -> None:
        self._run, self._since = run, time.time()
        self._file = _folder() / f"{run_lock(run).stem}.json"

    def wait(self, choices: Sequence[Sequence[str]]) -> None:
        """Stand in the queue for one of these choices of GPUs."""
        self._write({"choices": [list(one) for one in choices]})

    def hold(self, gpus: Sequence[str]) -> None:
        """Say which GPUs it has."""
        self._write({"holds": list(gpus)})

    def leave(self) -> None:
        """Neither wait nor hold."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def may_take(self, gpus: Sequence[str]) -> bool:
        """Whether it is not paused, and nobody before it wants one of these GPUs."""
        wish = read_wish(self._run)
        if wish.is_paused:
            return False
        own = Ticket(self._run, self._since, wish=wish)
        before = (one for one in queue() if (one.place, str(one.run)) < (own.place, str(own.run)))
        return not any(one.wants_one_of(gpus) for one in before if one.run != self._run)

    def _write(self, more: dict[str, Any]) -> None:
        """Written whole; where it cannot be, the run only has no place."""
        told = json.dumps({"run": str(self._run), "since": self._since, **more})
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            draft, file = draft_of(self._file)
            with os.fdopen(file, "w", encoding="utf-8", errors="surrogatepass") as stream:
                stream.write(told)
            draft.replace(self._file)


def move(run: RunFolder, to: int) -> int:
    """Give a waiting run the place `to` in the queue, 0 for the first; returns the place it has.

    Raises `RunError` for a run that does not wait.
    """
    waiting = queue()
    own = next((one for one in waiting if one.run == run.path.resolve()), None)
    if own is None:
        hint = "probe-tui queue shows those that do"
        raise RunError("does not wait for a GPU of this machine", where=run.name, hint=hint)
    others = [one.place for one in waiting if one is not own]
    to = min(max(to, 0), len(others))
    if not others:
        return 0
    below = others[to - 1] if to else others[0] - 2
    above = others[to] if to < len(others) else others[-1] + 2
    write_wish(run, replace(own.wish, place=(below + above) / 2))
    return to


def place_of(run: Path, waiting: Sequence[Ticket]) -> int | None:
    """The place of a run among those that wait, 0 for the first."""
    return next((at for at, one in enumerate(waiting) if one.run == run.resolve()), None)


def _folder() -> Path:
    return locks_folder() / "queue"


def _read(file: Path) -> Ticket | None:
    try:
        told = json.loads(read_bytes(file, _LARGEST))
        run = Path(told["run"])
        choices = tuple(tuple(map(str, one)) for one in told.get("choices", ()))
        holds = tuple(map(str, told.get("holds", ())))
        return Ticket(run, float(told["since"]), choices, holds, read_wish(run))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
