"""Follow all runs once a second: read their files in a thread, update their states in the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message_pump import MessagePump

from probing.errors import ProbingError
from probing.logs import RunView
from probing.logs.states.endings import Ending
from probing.logs.states.run_view import GOING, Kept, News
from tui.processes.background import in_background
from tui.processes.tailer import Seen, Tailer
from tui.texts.of_runs.stored_plans import plan_brief


@dataclass(frozen=True)
class Heard:
    """The result of one look at the files: what is new, and the status of every known run."""

    seen: Seen
    statuses: dict[str, str]


class Follower:
    """Keeps one `Tailer` up to date; calls `changed` with the runs that have news."""

    def __init__(
        self, owner: MessagePump, tailer: Tailer, changed: Callable[[list[str]], None]
    ) -> None:
        self.tailer = tailer
        self.statuses: dict[str, str] = {}
        self._owner = owner
        self._changed = changed
        self._busy = self._is_due = False

    @property
    def n_going(self) -> int:
        """Runs that are starting, waiting or running."""
        return sum(status in GOING for status in self.statuses.values())

    def look(self) -> None:
        """Read the files, unless they are being read."""
        if not self._busy:
            self._busy, self._is_due = True, False
            in_background(self._owner, self._read, self._take)

    def look_anew(self) -> None:
        """Read the files as they are now, after they have been read if they are being read."""
        self._is_due = True
        self.look()

    def _read(self) -> Heard:
        news = self.tailer.read()
        statuses = {view.run.name: _status(view, found) for view, found in news}
        for view, _ in news:
            if statuses[view.run.name] in (*GOING, ""):
                # a plan may be long: it is read here, and known beside the screen
                plan_brief(view)
        return Heard(news, statuses)

    def _take(self, heard: Heard | ProbingError) -> None:
        self._busy = False
        if isinstance(heard, ProbingError):
            return
        changed = set(self.tailer.take(heard.seen))
        views = self.tailer.views
        # what a run is doing depends on the events that were just taken in
        told = {name: status for name, status in heard.statuses.items() if status}
        statuses = told | {n: views[n].status() for n in views if n not in told}
        changed |= {name for name, status in statuses.items() if self.statuses.get(name) != status}
        self.statuses = statuses
        self._changed(sorted(changed))
        if self._is_due:
            self.look()


def _status(view: RunView, news: Ending | News | Kept | None) -> str:
    """What a run is doing with what came; empty where that is told once its events are taken in."""
    if isinstance(news, News):
        return ""
    if news is None:
        return view.status()
    seen = RunView(view.run)
    seen.take_in(news)
    return seen.status()
