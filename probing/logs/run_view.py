"""A run followed through its files: running, done, failed, or dead with its lock lost."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

from probing.events import Logged, RunCancelled, RunDone, RunFailed
from probing.logs.endings import Ending, Stamp, ending_of, stamp_of
from probing.logs.event_log import EventsRead, read_on
from probing.logs.run_folder import RunFolder
from probing.logs.state import RunState

Status = Literal[
    "starting", "waiting", "running", "done", "failed", "cancelled", "killed", "damaged"
]
STARTING_S = 60.0


class News(NamedTuple):
    """Events that came since, or all of them, and the stamp of the log before they were read."""

    read: EventsRead
    stamp: Stamp | None
    is_whole: bool


class RunView:
    """A run followed through its files: `update` reads what is new.

    `skim` reads less: of a run that ended, not its cells (`has_cells`).
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.state = RunState()
        self.damage = ""
        self._offset = self._seq = 0
        self._stamp: Stamp | None = None

    @property
    def has_cells(self) -> bool:
        """Whether the cells of the run were read, and not its summary alone."""
        return self.state.outcome is None

    def update(self) -> list[Logged]:
        """Read and fold in the events that came since; returns them."""
        if not self.has_cells:
            self._begin()
        return self.take(*self.read())

    def read(self) -> EventsRead:
        """The events that came since and the offset after them; changes nothing."""
        return read_on(self.run.events, self._offset, self._seq)

    def take(self, logged: list[Logged], offset: int, damage: str = "") -> list[Logged]:
        """Fold in what `read` gave; returns the events. What follows damage is never read."""
        self._offset, self._seq, self.damage = offset, self._seq + len(logged), damage
        self.state.take(logged)
        return logged

    def skim(self) -> bool:
        """As `update`, but a run that ended is read by its summary; whether anything changed."""
        return self.take_in(self.look())

    def look(self) -> Ending | News | None:
        """What `skim` takes in, None where the log is as it was; changes nothing."""
        stamp = stamp_of(self.run.events)
        if stamp is not None and stamp == self._stamp:
            return None
        is_new = not self._offset or not self.has_cells
        if is_new or self.state.end is not None:
            ending = ending_of(self.run.events)
            if ending is not None:
                return ending
        read = read_on(self.run.events) if is_new else self.read()
        return News(read, stamp, is_new)

    def take_in(self, seen: Ending | News | None) -> bool:
        """Fold in what `look` gave; whether anything changed."""
        match seen:
            case Ending():
                self._begin()
                self.state, self._stamp = seen.state, seen.stamp
                return True
            case News():
                if seen.is_whole:
                    self._begin()
                before = self.damage
                logged = self.take(*seen.read)
                # a run that ended while it was followed is read by its summary at the next look
                self._stamp = None if logged and self.state.end is not None else seen.stamp
                return bool(logged) or self.damage != before
        return False

    def _begin(self) -> None:
        """Forget all that was read."""
        self.state, self.damage, self._stamp = RunState(), "", None
        self._offset = self._seq = 0

    def status(self) -> Status:
        """What the run is doing now, judged by its last event and its lock."""
        if self.damage and not isinstance(self.state.end, RunDone) and not self.run.is_alive():
            return "damaged"
        match self.state.end:
            case RunDone():
                return "done" if self.state.end.exit_code in (0, 5) else "failed"
            case RunFailed() | RunCancelled() if self._is_taken_up_again():
                return "starting"
            case RunFailed():
                return "failed"
            case RunCancelled():
                return "cancelled"
        if not self.run.is_alive():
            return "starting" if self._is_fresh() else "killed"
        if self.state.waiting:
            return "waiting"
        return "running" if self.state.started else "starting"

    def _is_taken_up_again(self) -> bool:
        """Whether a new runner holds the lock since the last one ended."""
        started = float(self.run.read_owner().get("started", 0.0))
        return started > self.state.last_time and self.run.is_alive()

    def _is_fresh(self) -> bool:
        """Whether the runner may not have come to take its lock yet."""
        try:
            created = self.run.spec.stat().st_mtime
        except OSError:
            return False
        return self.state.started is None and time.time() - created < STARTING_S
