"""What Slurm's queue says of a user's jobs, asked for all of them at once and kept a moment.

Whoever draws must not wait: where an event loop runs, an answer that is too old is asked for anew
in a thread, and what is known until then is what was said before.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from probing.errors import RunError
from probing.slurm.commands import is_installed, output_of
from probing.slurm.own_job import own_job

LEAST_S, MOST_S = 2.0, 60.0
SHARE = 0.02  # of the time that asking may take
_FORMAT = "%i|%T|%r|%N"
_WAITS = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT")
_LIVE = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")
GONE = "GONE"


@dataclass(frozen=True)
class JobState:
    """What Slurm says of a job: its state, why it waits, and where it runs."""

    job: str
    state: str
    reason: str = ""
    nodes: str = ""

    @property
    def waits(self) -> bool:
        """Whether it is to start."""
        return self.state in _WAITS

    @property
    def is_live(self) -> bool:
        """Whether it runs, or is about to end."""
        return self.state in _LIVE

    @property
    def is_ending(self) -> bool:
        """Whether what it ran is over, or was asked to stop."""
        return self.state == "COMPLETING"

    @property
    def is_own(self) -> bool:
        """Whether it is the job of this process."""
        own = own_job()
        return own is not None and own.job == self.job

    @property
    def text(self) -> str:
        """Why it waits, in Slurm's words; else its state."""
        reason = "" if self.reason in ("", "None") else self.reason
        return (reason or "no reason given") if self.waits else self.state.lower()


class _Queue:
    """The last answer of squeue, and how old it is."""

    def __init__(self) -> None:
        self._answer: Mapping[str, JobState] | None = None
        self._asked_at = -MOST_S
        self._took_s = 0.0
        self._lock = threading.Lock()
        self._is_asking = False

    def answer(self, most_s: float | None = None) -> Mapping[str, JobState] | None:
        """The jobs of this user by name; None where Slurm has not answered, or is not there."""
        kept_s = min(max(LEAST_S, self._took_s / SHARE), MOST_S) if most_s is None else most_s
        if time.monotonic() - self._asked_at > kept_s and is_installed():
            self._ask()
        return self._answer

    def forget(self) -> None:
        """Have the next one ask anew."""
        self._asked_at = -MOST_S

    def _ask(self) -> None:
        if not _is_drawing():
            with self._lock:
                self._take()
        elif not self._is_asking:
            self._is_asking = True
            threading.Thread(target=self._ask_aside, daemon=True).start()

    def _ask_aside(self) -> None:
        try:
            with self._lock:
                self._take()
        finally:
            self._is_asking = False

    def _take(self) -> None:
        began = time.monotonic()
        try:
            self._answer = _jobs()
        except RunError:
            self._answer = None
        self._asked_at = time.monotonic()
        self._took_s = self._asked_at - began


_QUEUE = _Queue()


def forget() -> None:
    """Have the queue asked anew: a job was submitted, which the last answer does not know."""
    _QUEUE.forget()


def state_of(job: str, *, most_s: float | None = None) -> JobState | None:
    """What Slurm says of a job of this user: `GONE` where it has no such job any more.

    None where Slurm says nothing. An answer is at most `most_s` old, by default some seconds,
    more where Slurm is slow to answer.
    """
    answer = _QUEUE.answer(most_s)
    return None if answer is None else answer.get(job, JobState(job, GONE))


def _is_drawing() -> bool:
    asyncio = sys.modules.get("asyncio")  # who has not loaded it runs no loop
    return asyncio is not None and asyncio._get_running_loop() is not None


def _jobs() -> dict[str, JobState]:
    """The jobs that wait, run, or ended some minutes ago, elements of arrays one by one."""
    user = f"--user={os.getuid()}"
    told = output_of("squeue", "--noheader", "--array", "--states=all", user, f"--format={_FORMAT}")
    rows = [line.strip().split("|") for line in told.splitlines()]
    return {row[0]: JobState(*row) for row in rows if len(row) == 4}
