"""A run followed through its files: running, done, failed, or dead with its lock lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from probing.events import PUT_BACK, Logged, RunCancelled
from probing.logs.folders.run_folder import RunFolder
from probing.logs.states.briefs import Brief
from probing.logs.states.cell_state import CellState
from probing.logs.states.endings import Ending, Stamp, ending_of, stamp_of
from probing.logs.states.event_log import EventsRead, read_on
from probing.logs.states.state import RunState
from probing.logs.states.summaries import record_of_state, state_from_record

Status = Literal[
    "queued", "starting", "waiting", "running", "done", "failed", "cancelled", "killed", "damaged"
]
GOING: tuple[Status, ...] = ("queued", "starting", "waiting", "running")
STARTING_S = 60.0


class News(NamedTuple):
    """Events that came since, or all of them anew, and the stamp of the log before."""

    read: EventsRead
    stamp: Stamp | None
    is_anew: bool = False
    has_folds: bool = True


@dataclass(frozen=True)
class Kept:
    """A run that is over as an index keeps it: valid while its log has this stamp.

    `record` is its state where the log has no summary of it, else None.
    """

    stamp: Stamp
    n_events: int
    damage: str
    brief: Brief
    record: dict[str, Any] | None = None


class RunView:
    """A run followed through its files: `update` reads what is new.

    `skim` reads less: of a run that ended its last line alone, of any other no folds.
    Of one that an index keeps nothing is read before its `state` is asked for.
    """

    def __init__(self, run: RunFolder, kept: Kept | None = None) -> None:
        self.run = run
        self._kept = kept
        self._state: RunState | None = None
        self._brief: Brief | None = None
        self._is_read = self._is_kept = False
        self._damage = ""
        self.has_folds = True
        self._offset = self._seq = 0
        self._stamp: Stamp | None = None
        self._log = run.events

    @property
    def state(self) -> RunState:
        """All that the events say."""
        if self._state is None:
            self._state = self._kept_state() if self._is_kept else RunState()
        return self._state

    @state.setter
    def state(self, state: RunState) -> None:
        self._state, self._brief = state, None

    @property
    def brief(self) -> Brief:
        """What a list of runs shows."""
        return self._brief or Brief.of(self.state)

    @property
    def n_read(self) -> int:
        """How many events were read."""
        return self._seq

    @property
    def stamp(self) -> Stamp | None:
        """The stamp of the log as it was read; None where it may have grown since."""
        return self._stamp

    def kept(self) -> Kept | None:
        """What an index may keep of it; None while it may change."""
        if self._kept is not None and self._kept.stamp == self._stamp:
            return self._kept
        if self._stamp is None or self.has_folds or self.run.is_alive():
            return None
        has_summary = self.state.end is not None and self.state.outcome is not None
        record = None if has_summary else record_of_state(self.state)
        self._kept = Kept(self._stamp, self._seq, self._damage, self.brief, record)
        return self._kept

    @property
    def damage(self) -> str:
        """What is damaged in the log, and at which line; empty where nothing is."""
        return self._damage or self._broken_off()

    def update(self) -> list[Logged]:
        """Read and fold in the events that came since; returns them."""
        if not self.has_folds:
            self._begin()
        self._brief = None
        return self.take(*self.read())

    def read(self) -> EventsRead:
        """The events that came since and the offset after them; changes nothing."""
        return read_on(self.run.events, self._offset, self._seq)

    def take(self, logged: list[Logged], offset: int, damage: str = "") -> list[Logged]:
        """Fold in what `read` gave; returns the events. What follows damage is never read."""
        self._offset, self._seq, self._damage = offset, self._seq + len(logged), damage
        self._is_read = True
        self.state.take(logged)
        return logged

    def skim(self) -> None:
        """Read all but the folds; of a run that ended, its summary tells all."""
        self.take_in(self.look(is_followed=False))

    def look(self, is_followed: bool = True) -> Ending | News | Kept | None:
        """What `take_in` takes, None where the log is as it was; changes nothing.

        A run that `is_followed` has its folds while it is alive.
        """
        stamp = stamp_of(self._log)
        if stamp is not None and stamp == self._stamp:
            return None
        if self._kept is not None and self._stamp is None and stamp == self._kept.stamp:
            return self._kept
        is_new = not self._offset or not self.has_folds
        if is_new or self.brief.end:
            ending = ending_of(self.run.events)
            if ending is not None:
                return ending
        if not is_new:
            return News(self.read(), stamp)
        has_folds = is_followed and self.run.is_alive()
        return News(read_on(self.run.events, has_folds=has_folds), stamp, True, has_folds)

    def take_in(self, seen: Ending | News | Kept | None) -> bool:
        """Fold in what `look` gave; whether anything changed."""
        match seen:
            case Ending():
                self._begin()
                self._state, self._stamp, self.has_folds = seen.state, seen.stamp, False
                self._offset, self._seq = seen.stamp.n_bytes, seen.n_events
                self._is_read = True
                self._brief = Brief.of(seen.state)
                return True
            case Kept():
                self._begin()
                self._is_kept, self._brief, self._kept = True, seen.brief, seen
                self._stamp, self._damage, self.has_folds = seen.stamp, seen.damage, False
                self._offset, self._seq = seen.stamp.n_bytes, seen.n_events
                self._is_read = True
                return True
            case News():
                if seen.is_anew:
                    self._begin()
                    self.has_folds = seen.has_folds
                before, self._brief = self._damage, None
                logged = self.take(*seen.read)
                # a run that ended while it was followed is read by its summary at the next look
                has_ended = bool(logged) and not seen.is_anew and self.state.end is not None
                self._stamp = None if has_ended else seen.stamp
                if not self.has_folds:
                    self._brief = Brief.of(self.state)
                return bool(logged) or self._damage != before
        return False

    def copy(self, keep: Callable[[CellState], object] = lambda cell: cell.folds) -> RunView:
        """A copy for another thread, with those of the cells that `keep` takes."""
        copy = RunView(self.run)
        copy._state, copy._damage, copy.has_folds = self._state, self.damage, self.has_folds
        copy._brief, copy._kept, copy._stamp = self._brief, self._kept, self._stamp
        copy._is_kept = self._is_kept
        if self.has_folds:
            cells = {
                name: replace(cell, folds=list(cell.folds))
                for name, cell in self.state.cells.items()
                if keep(cell)
            }
            series, stability = dict(self.state.series), dict(self.state.stability)
            copy._state = replace(self.state, cells=cells, series=series, stability=stability)
        return copy

    def _begin(self) -> None:
        """Forget all that was read."""
        self._state, self._is_kept, self._damage, self.has_folds = None, False, "", True
        self._offset = self._seq = 0
        self._stamp = self._brief = None

    def _kept_state(self) -> RunState:
        """The state of a run that an index keeps: by its last line, or as the index has it."""
        record = self._kept and self._kept.record
        state = record and state_from_record(record)
        if state:
            return state
        ending = ending_of(self._log)
        if ending is not None:
            return ending.state
        state = RunState()
        state.take(read_on(self._log, has_folds=False).logged)
        return state

    def status(self) -> Status:
        """What the run is doing now, judged by its last event and its lock."""
        brief = self.brief
        if self.damage and brief.end != "done" and not self.run.is_alive():
            return "damaged"
        if brief.end == "done":
            return "done" if brief.exit_code in (0, 5) else "failed"
        if brief.end:
            if self._is_taken_up_again():
                return "starting"
            return self._going_on() or ("failed" if brief.end == "failed" else "cancelled")
        if not self.run.is_alive():
            if self.run.waits_in_queue:
                return "queued"
            return "starting" if self._is_fresh() else "killed"
        if brief.waiting:
            return "waiting"
        return "running" if brief.has_started else "starting"

    def _broken_off(self) -> str:
        """That the log lacks its end: its runner says that it has ended, and always logs how."""
        brief = self.brief
        if brief.end == "done" or not self._is_read:
            return ""
        owner = self.run.read_owner()
        lacks_end = not brief.end or float(owner.get("started", 0.0)) > brief.last_time
        if "ended" not in owner or not lacks_end:
            return ""
        if self.read().logged or self.run.is_alive():
            return ""  # what came since is not read yet
        return f"{self.run.events.name} is damaged at line {self._seq + 1}, where it breaks off"

    def _is_taken_up_again(self) -> bool:
        """Whether a new runner holds the lock since the last one ended."""
        started = float(self.run.read_owner().get("started", 0.0))
        return started > self.brief.last_time and self.run.is_alive()

    def _going_on(self) -> Status | None:
        """Where it stands if its end was one for now, and Slurm has its job in the queue."""
        job = self.run.job()
        if job is None or job.waits:
            return None if job is None else "queued"
        end = self.state.end
        if not (job.is_live and isinstance(end, RunCancelled) and end.by == PUT_BACK):
            return None
        return "queued" if job.is_ending else "starting"

    def _is_fresh(self) -> bool:
        """Whether the runner may not have come to take its lock yet."""
        try:
            created = self.run.spec.stat().st_mtime
        except OSError:
            return False
        return not self.brief.has_started and time.time() - created < STARTING_S
