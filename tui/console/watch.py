"""Follow one run to its end, wherever it was started; return its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import FrameType
from typing import Protocol

from probing.events import (
    Event,
    Logged,
    RunCancelled,
    RunDone,
    RunFailed,
    RunStarted,
    to_record,
)
from probing.logs import RunView
from probing.logs.folders.full_disk import has_no_room
from probing.logs.states.run_view import GOING
from probing.logs.waiting.wishes import read_wish
from tui.processes.launcher import cancel
from tui.processes.tailer import tail

POLL_S = 0.25
CANCELLED = 130
KILLED = 1
LOG_LINES = 5


class Display(Protocol):
    """Shows a run on standard error: progress bars or log lines."""

    def take(self, logged: Sequence[Logged], view: RunView) -> None: ...
    def say(self, line: str) -> None: ...
    def close(self) -> None: ...


def display(as_json: bool) -> Display:
    """Progress bars on a terminal that shows nothing else, otherwise log lines."""
    can_redraw = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if can_redraw and not (as_json and sys.stdout.isatty()):
        from tui.console.progress_bars import Bars

        # bars move the cursor; what is in them is cleaned
        return Bars(getattr(sys.stderr, "raw", sys.stderr))
    from tui.console.log_lines import Lines

    return Lines(sys.stderr)


class Signals(AbstractContextManager["Signals"]):
    """Counts Ctrl-C and SIGTERM. SIGHUP still ends this process; the run continues."""

    def __init__(self) -> None:
        self.n = 0

    def __enter__(self) -> Signals:
        numbers = signal.SIGINT, signal.SIGTERM
        self._before = {number: signal.signal(number, self._count) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _count(self, number: int, frame: FrameType | None) -> None:
        self.n += 1


class Watch:
    """Follows the events that `view` has not read; Ctrl-C cancels `runner`, the process we started.

    Without a `runner`, Ctrl-C only stops following, unless the run `is_ours`: a job of Slurm.
    `as_json` prints every event on stdout.
    """

    def __init__(
        self,
        view: RunView,
        runner: subprocess.Popen[bytes] | None = None,
        *,
        as_json: bool = False,
        show: Display | None = None,
        is_ours: bool = False,
    ) -> None:
        self.view, self.runner, self.as_json = view, runner, as_json
        self.show = show or display(as_json)
        self.is_ours = is_ours or runner is not None
        self.end: Event | None = None
        self._queued = ""
        self._is_cancelling = self._is_paused = False

    def follow(self) -> int:
        """Follow the run to its end; returns its exit code."""
        try:
            with Signals() as signals:
                return self._follow(signals)
        finally:
            self.show.close()

    def _follow(self, signals: Signals) -> int:
        while True:
            over = self._is_over()
            self._take(self.view.update())
            if over:
                return self._code()
            self._tell_pause()
            self._tell_queue()
            if signals.n and self._interrupted(signals):
                return CANCELLED
            time.sleep(POLL_S)

    def _tell_pause(self) -> None:
        """Say once that a run is paused, and once that it goes on."""
        before, self._is_paused = self._is_paused, read_wish(self.view.run.path).is_paused
        if self._is_paused and not before:
            name = self.view.run.name
            self.show.say(f"the run is paused; to go on: probe-tui pause --undo {name}")
        elif before and not self._is_paused:
            self.show.say("the run goes on")

    def _tell_queue(self) -> None:
        """Say why a run waits in the queue of Slurm, whenever that changes."""
        is_queued = self.view.status() == "queued"
        job = self.view.run.job() if is_queued else None
        told = f"job {job.job} waits in the queue of Slurm: {job.text}" if job else ""
        if told and told != self._queued:
            self.show.say(told)
        self._queued = told

    def _is_over(self) -> bool:
        """Whether no event will follow; call it before reading, so that none is missed."""
        if self.runner is not None and self.runner.poll() is None:
            return False
        if self.runner is not None and self.view.run.is_alive():
            self.show.say("another process runs this already; following it")
            self.runner, self.is_ours = None, False
        if self.runner is not None:
            return True
        # a run that was taken up again holds the end of its last attempt until it tells more
        return self.view.status() not in GOING and not self.view.run.is_alive()

    def _take(self, logged: list[Logged]) -> None:
        for one in logged:
            if isinstance(one.event, RunStarted):
                self.end = None
            if isinstance(one.event, (RunDone, RunFailed, RunCancelled)):
                self.end = one.event
            if self.as_json:
                print(json.dumps(to_record(one), separators=(",", ":")))
        if self.as_json and logged:
            sys.stdout.flush()
        is_going = self.runner is None and self.view.status() in GOING
        self.show.take(without_old_ends(logged, is_going), self.view)

    def _interrupted(self, signals: Signals) -> bool:
        """Cancel the run if we started it; returns whether to leave now."""
        name = self.view.run.name
        if not self.is_ours or signals.n > 1:
            self.show.say(f"stopped following; to follow again: probe-tui attach {name}")
            return True
        if not self._is_cancelling:
            self.show.say("cancelling the run; press Ctrl-C again to leave at once")
            # tried again while the runner has not come to say who it is
            self._is_cancelling = cancel(self.view.run, patience_s=0)
        return False

    def _code(self) -> int:
        match self.end:
            case RunDone() | RunFailed():
                return self.end.exit_code
            case RunCancelled():
                return CANCELLED
        if self.view.damage:
            self.show.say(damaged(self.view))
            return KILLED
        for line in killed(self.view, self.runner.returncode if self.runner else None):
            self.show.say(line)
        return CANCELLED if self._is_cancelling else KILLED


def without_old_ends(logged: Sequence[Logged], is_going: bool) -> list[Logged]:
    """Events without the ends of attempts that were resumed: what they advise is done.

    All ends are old where the run is going.
    """
    starts = [at for at, one in enumerate(logged) if isinstance(one.event, RunStarted)]
    last = len(logged) if is_going else max(starts, default=0)
    ends = (RunDone, RunFailed, RunCancelled)
    return [one for at, one in enumerate(logged) if at >= last or not isinstance(one.event, ends)]


def damaged(view: RunView) -> str:
    """The line for a run whose log is damaged."""
    again = f"to compute it again: probe-tui resume {view.run.name}"
    return f"{view.run.name}: {view.damage}; the rest of the log is ignored; {again}"


def killed(view: RunView, code: int | None = None) -> list[str]:
    """The lines for a run whose runner ended without an event, with exit code `code`."""
    run = view.run
    lines = [f"  {line}" for line in tail(run.log, LOG_LINES)]
    head = [f"last lines of {run.log}:"] if lines else []
    told = f"{how_it_ended(code)}{_fitting(view)}; finished cells are kept"
    room = f"the disk of {run.path} is full; make room; " if has_no_room(run.path) else ""
    return [*head, *lines, f"{told}; {room}to continue: probe-tui resume {run.name}"]


def how_it_ended(code: int | None) -> str:
    """How a runner ended; `code` is its exit code, None if unknown."""
    if code is None or -code == signal.SIGKILL:
        return "the runner was killed"
    if code < 0:
        return f"the runner was killed by {signal.Signals(-code).name}"
    return f"the runner ended with exit code {code}"


def _fitting(view: RunView) -> str:
    """The classes that may have ended it; a resumed run fits them in a separate process."""
    names = ", ".join(sorted(view.state.suspects))
    return f" while fitting {names}" if names else ""
