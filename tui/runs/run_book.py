"""What is known of each run for the list: its line, tags, place in the queue and best score."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from textual.message_pump import MessagePump

from probing.errors import ProbingError
from probing.logs import RunFolder, RunView
from probing.logs.folders.run_marks import NO_MARKS, Marks, read_marks
from tui.processes.background import Latest
from tui.processes.tailer import Tailer
from tui.runs.listing import row_of, tags_of
from tui.runs.marks_reader import MarksReader
from tui.runs.one_run.facts import Fact
from tui.runs.one_run.more_facts import MoreFacts, Read, more_facts, read_all
from tui.runs.queueing import QueueSeen, seen_now
from tui.texts.of_runs.run_line import RunLine
from tui.widgets.row_table import Row

Looked = tuple[dict[str, Marks], QueueSeen]


class RunBook:
    """Follows the runs of a `tailer`; reads files in threads of `owner`, then calls `changed`."""

    def __init__(self, owner: MessagePump, tailer: Tailer, changed: Callable[[], None]) -> None:
        self.tailer = tailer
        self.lines: dict[str, RunLine] = {}
        self.queue = QueueSeen()
        self._changed = changed
        self._rows: dict[str, tuple[object, Row]] = {}
        self._marks, self._more = MarksReader(), MoreFacts()
        self._looking: Latest[Looked] = Latest(owner)
        self._reading: Latest[dict[str, tuple[float, Read]]] = Latest(owner)

    @property
    def n_going(self) -> int:
        """Runs that are starting, waiting or running."""
        return sum(line.is_going for line in self.lines.values())

    @property
    def is_over(self) -> bool:
        """Whether nothing is being read."""
        return self._looking.is_over and self._reading.is_over

    def take(self, changed: Iterable[str]) -> bool:
        """Take in what is known of the runs; whether the list has changed."""
        views, before = self.tailer.views, dict(self.lines)
        going = [name for name, line in self.lines.items() if line.is_going]
        for name in {*changed, *going, *(views.keys() - self.lines.keys())}:
            if name in views:
                old = self.lines.get(name)
                marks, place = (old.marks, old.place) if old else (NO_MARKS, "")
                self.lines[name] = replace(RunLine.of(views[name]), marks=marks, place=place)
        for name in self.lines.keys() - views.keys():
            del self.lines[name]
        return self.lines != before

    def look(self) -> None:
        """Read the marks of all runs, and the queue while some run is live."""
        runs, is_going = [view.run for view in self.tailer.views.values()], self.n_going > 0

        def look() -> Looked:
            return self._marks.read(runs), seen_now() if is_going else QueueSeen()

        self._looking.ask(look, self._take_look)

    def _take_look(self, value: Looked | ProbingError) -> None:
        if not isinstance(value, ProbingError):
            self.take_queue(value[1], value[0])

    def take_queue(self, queue: QueueSeen, marks: dict[str, Marks] | None = None) -> None:
        """Take in the queue, and marks of runs where they were read."""
        self.queue, before = queue, dict(self.lines)
        for name, line in before.items():
            view = self.tailer.views.get(name)
            place = queue.short(view.run) if view and line.status == "waiting" else ""
            known = (marks or {}).get(name, line.marks)
            if (known, place) != (line.marks, line.place):
                self.lines[name] = replace(line, marks=known, place=place)
        if self.lines != before:
            self._changed()

    def swap(self, name: str, run: RunFolder, view: RunView | None) -> None:
        """Have a run in the place of the one of that name, or none where it is gone."""
        views = self.tailer.views
        if name == run.name and view is not None and name in views:
            view = views[name]
        if name != run.name or view is None:
            views.pop(name, None)
        if view is not None:
            views[run.name] = view
        self.take([run.name])
        if run.name in self.lines:
            self.lines[run.name] = replace(self.lines[run.name], marks=read_marks(run))

    def known_tags(self) -> list[str]:
        """The tags of all runs, the most frequent first."""
        return tags_of(self.lines)

    def row(self, line: RunLine, columns: tuple[str, ...]) -> Row:
        """The row of a line, made again where the line, its score or the day is another."""
        view = self.tailer.views.get(line.name)
        read = self._more.of(view) if view else None
        best = read.best if read else None
        made_of = line, best, time.strftime("%j"), columns
        if line.name not in self._rows or self._rows[line.name][0] != made_of:
            self._rows[line.name] = made_of, row_of(line, best, columns)
        return self._rows[line.name][1]

    def read_more(self, names: Sequence[str]) -> None:
        """Read what else is shown of these runs, where it was not read yet."""
        views = [self.tailer.views[name] for name in names if name in self.tailer.views]
        if missing := self._more.missing(views):
            self._reading.ask(partial(read_all, missing), self._take_more)

    def _take_more(self, value: dict[str, tuple[float, Read]] | ProbingError) -> None:
        if not isinstance(value, ProbingError):
            self._more.take(value)
            self._changed()

    def more_facts(self, view: RunView, *, has_room: bool) -> list[Fact]:
        """What else is known of a run."""
        line = self.lines.get(view.run.name)
        if line is None:
            return []
        return more_facts(view, line, self._more.of(view), self.queue, has_room=has_room)
