"""The place Runs: every run, live and past, as read from its files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunFolder, RunView
from probing.logs.run_marks import NO_MARKS, Marks, read_marks
from probing.spec import Spec
from tui.processes.background import LONGEST_S, Latest, in_background
from tui.processes.machine import Machine, MachineReader
from tui.processes.tailer import Tailer
from tui.runs import kept
from tui.runs.detail import RunDetail, Side
from tui.runs.failure_pane import FailurePane
from tui.runs.keeper import Keeper
from tui.runs.keys_and_layout import KEYS, LAYOUT
from tui.runs.listing import columns_for, columns_of, row_of, shown_of, tags_of
from tui.runs.machine_strip import MachineStrip
from tui.runs.marks_reader import MarksReader
from tui.runs.more_facts import MoreFacts, Read, more_facts, read_all
from tui.runs.queueing import QueueSeen, moved, seen_now
from tui.runs.shown_run import ShownRun
from tui.texts.completion import facts_of_rows
from tui.texts.plans import counted
from tui.texts.run_line import RESUMABLE, RunLine
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import Row, RowTable

EMPTY = "No runs yet. Compose an experiment (1) and run it (Ctrl+R); F1: a tour."
READING = "Reading the runs …"
NO_MATCH = "No run matches the filter. Press / to change it; Esc clears it."
WIDE = 110
LEAST_ROWS, SHARE = 5, 0.36
MACHINE_S = 1.0
Looked = tuple[dict[str, Marks], QueueSeen]


class RunsPane(Widget):
    """The list of runs, and the details of the highlighted one."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    class OpenResults(Message):
        """The user wants the results of a run."""

        def __init__(self, run_name: str) -> None:
            super().__init__()
            self.run_name = run_name

    class Resume(OpenResults):
        """The user resumes a run, or retries its failed cells."""

    class Cancel(OpenResults):
        """The user cancels a run."""

    class Changed(OpenResults):
        """A run was renamed, deleted or brought back: the files are to be read again."""

    class Rerun(Message):
        """The user wants the spec of a run in Compose."""

        def __init__(self, spec: Spec) -> None:
            super().__init__()
            self.spec = spec

    def __init__(self, tailer: Tailer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tailer = tailer
        self.shown = ShownRun(self)
        self.keeper = Keeper(self, self)
        self.with_archived = False
        self._lines: dict[str, RunLine] = {}
        self._rows: dict[str, tuple[object, Row]] = {}
        self._wanted = ""
        self._queue = QueueSeen()
        self._marks = MarksReader()
        self._more = MoreFacts()
        self._looking: Latest[Looked] = Latest(self)
        self._machine, self._machine_read = MachineReader(), 0.0
        self._measuring: Latest[Machine] = Latest(self)
        self._reading: Latest[dict[str, tuple[float, Read]]] = Latest(self)

    def compose(self) -> ComposeResult:
        """The list with its filter, and the details."""
        with Vertical(id="list"):
            yield FilterLine("word, state=done, tag=paper, progress<50 …", id="runs-filter")
            yield RowTable(id="runs-table", empty=EMPTY)
        yield RunDetail()
        yield MachineStrip(id="machine-below")

    @property
    def table(self) -> RowTable:
        """The list."""
        return self.query_one("#runs-table", RowTable)

    @property
    def filter_line(self) -> FilterLine:
        """The filter of the list."""
        return self.query_one("#runs-filter", FilterLine)

    @property
    def detail(self) -> RunDetail:
        """The details."""
        return self.query_one(RunDetail)

    @property
    def view(self) -> RunView | None:
        """The highlighted run."""
        row = self.table.row
        return self.tailer.views.get(row.key[0]) if row else None

    def on_mount(self) -> None:
        """Show the runs that are known."""
        lines = self._lines
        self.filter_line.offer(lambda: facts_of_rows(one.row for one in lines.values()))
        self._take(list(self.tailer.views))
        self._show_list()
        self._show_detail(asked=True)
        self._look()
        self.call_after_refresh(self._read_machine)

    def kept_state(self) -> dict[str, Any]:
        """Where the user is."""
        return kept.state_of(self)

    def take_state(self, state: dict[str, Any]) -> None:
        """Go back to where the user was."""
        kept.restore(self, state)

    def show_again(self) -> None:
        """Show the list and the run anew."""
        self._show_list()
        self._show_detail(asked=True)

    @property
    def is_settled(self) -> bool:
        """Whether the runs, that to highlight and the log are there; the next key waits."""
        return self.tailer.has_looked and not self._wanted and self.shown.is_settled

    def on_resize(self, event: events.Resize) -> None:
        """Place the facts beside the curve if there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.detail.set_class(event.size.width >= WIDE, "-beside")
        if self.is_mounted:
            self._show_list()

    def _fit(self) -> None:
        """Give the list the lines that it needs, and the rest to the details."""
        most = max(round(self.size.height * SHARE), LEAST_ROWS)
        line = self.filter_line
        filtering = 1 if line.has_class("-shown") else 0
        wanted = min(max(len(self.table.rows) + 1, LEAST_ROWS - 1), most - filtering) + filtering
        self.query_one("#list").styles.height = wanted

    def refresh_runs(self, changed: list[str]) -> None:
        """Show the runs that changed, and the time left of live ones."""
        if self.is_mounted:
            if self._take(changed) or self.table.empty == READING:
                self._show_list()
            # a run that was just started is not in the files yet
            if self._wanted and self.table.highlight((self._wanted,)):
                self._wanted = ""
            self._show_detail(changed=self.shown.name in changed)
            self._look()
            # where nothing runs, nothing is redrawn: a line that is idle stays so
            if any(line.is_going for line in self._lines.values()):
                self._read_machine()

    def _take(self, changed: list[str]) -> bool:
        """Take in what is known of the runs; whether the list has changed."""
        views, before = self.tailer.views, dict(self._lines)
        going = [name for name, line in self._lines.items() if line.is_going]
        for name in {*changed, *going, *(views.keys() - self._lines.keys())}:
            if name in views:
                old = self._lines.get(name)
                marks, place = (old.marks, old.place) if old else (NO_MARKS, "")
                self._lines[name] = replace(RunLine.of(views[name]), marks=marks, place=place)
        for name in self._lines.keys() - views.keys():
            del self._lines[name]
        return self._lines != before

    def _look(self) -> None:
        """Read the marks of all runs, and the queue where some run waits."""
        runs = [view.run for view in self.tailer.views.values()]
        goes = any(line.is_going for line in self._lines.values())

        def look() -> Looked:
            return self._marks.read(runs), seen_now() if goes else QueueSeen()

        self._looking.ask(look, self._take_look)

    def _take_look(self, value: Looked | ProbingError) -> None:
        if not self.is_mounted or isinstance(value, ProbingError):
            return
        marks, self._queue = value
        before = dict(self._lines)
        for name, line in before.items():
            run = self.tailer.views[name].run if name in self.tailer.views else None
            place = self._queue.short(run) if run and line.status == "waiting" else ""
            known = marks.get(name, line.marks)
            if (known, place) != (line.marks, line.place):
                self._lines[name] = replace(line, marks=known, place=place)
        if self._lines != before:
            self._show_list()
            self._show_detail()
            self._tell_more()

    def _read_machine(self) -> None:
        """Read how busy the machine is, while this place is in sight; at most once a second."""
        now = time.monotonic()
        if self.display and now - self._machine_read >= MACHINE_S:
            self._machine_read = now
            self._measuring.ask(self._machine.read, self._take_machine)

    def _take_machine(self, value: Machine | ProbingError) -> None:
        if self.is_mounted and not isinstance(value, ProbingError):
            for strip in self.query(MachineStrip):
                strip.show(value, self._queue)

    def show_run(self, run_name: str) -> None:
        """Highlight a run; clears a filter that hides it."""
        if not self.table.highlight((run_name,)):
            self.filter_line.fill("")
            self._wanted = run_name
            self.set_timer(LONGEST_S, self._want_nothing)
            self.refresh_runs([run_name])

    def _want_nothing(self) -> None:
        """Wait no longer for a run that does not come."""
        self._wanted = ""

    def swap(self, name: str, run: RunFolder, view: RunView | None) -> None:
        """Show a run in the place of the one of that name, or none where it is gone."""
        views = self.tailer.views
        if name == run.name and view is not None and name in views:
            view = views[name]
        if name != run.name or view is None:
            views.pop(name, None)
        if view is not None:
            views[run.name] = view
        self._take([run.name])
        if run.name in self._lines:
            self._lines[run.name] = replace(self._lines[run.name], marks=read_marks(run))
        self._show_list()
        if name != run.name and run.name in views:
            self.table.highlight((run.name,))
        self._show_detail(asked=True)
        self._tell_more()
        self.post_message(self.Changed(run.name))

    def known_tags(self) -> Iterable[str]:
        """The tags of all runs, the most frequent first."""
        return tags_of(self._lines)

    def _show_list(self) -> None:
        query = self.filter_line
        try:
            lines = shown_of(self._lines.values(), query.text, with_archived=self.with_archived)
            query.tell("")
        except ProbingError as error:
            query.tell(str(error))
            return
        columns = columns_for(self.size.width, lines)
        rows = [self._row(line, columns) for line in lines]
        empty = EMPTY if self.tailer.has_looked else READING
        self.table.empty = NO_MATCH if self._lines else empty
        self.table.show(columns_of(columns, rows), rows)
        self._fit()
        self._tell_count(len(lines), query.text)
        self._read_more()

    def _tell_count(self, n_shown: int, query: str) -> None:
        lines = self._lines.values()
        archived = sum(one.marks.is_archived for one in lines)
        hidden = 0 if self.with_archived or "archived" in query else archived
        going = sum(one.is_going for one in lines)
        runs = counted(len(self._lines) - hidden, "run")
        parts = [f"{n_shown:,} of {runs}" if query else runs]
        parts += [f"{going:,} live"] if going else []
        parts += [f"{hidden:,} archived (A)"] if hidden else []
        self.detail.border_title = ", ".join(parts)

    def _row(self, line: RunLine, columns: tuple[str, ...]) -> Row:
        """The row of a line, made again where the line, its score or the day is another."""
        view = self.tailer.views.get(line.name)
        read = self._more.of(view) if view else None
        made_of = line, read and read.best, time.strftime("%j"), columns
        if line.name not in self._rows or self._rows[line.name][0] != made_of:
            self._rows[line.name] = made_of, row_of(line, read.best if read else None, columns)
        return self._rows[line.name][1]

    def _read_more(self) -> None:
        """Read what else is shown of the runs in sight, where there is room for it."""
        if not self.detail.is_beside:
            return
        table = self.table
        top = round(table.scroll_target_y)
        rows = {*table.rows[top : top + max(table.size.height, 1)], *filter(None, [table.row])}
        views = [self.tailer.views[row.key[0]] for row in rows if row.key[0] in self.tailer.views]
        if missing := self._more.missing(views):
            self._reading.ask(partial(read_all, missing), self._take_more)

    def _take_more(self, value: dict[str, tuple[float, Read]] | ProbingError) -> None:
        if self.is_mounted and not isinstance(value, ProbingError):
            self._more.take(value)
            self._show_list()
            self._tell_more()

    def _tell_more(self) -> None:
        """Say what else is known of the highlighted run."""
        view = self.view
        if view is None or view.run.name not in self._lines:
            return
        line, read = self._lines[view.run.name], self._more.of(view)
        has_room = self.detail.is_beside
        self.shown.more = more_facts(view, line, read, self._queue, has_room=has_room)
        self.shown.show_facts()

    @on(RowTable.Highlighted, "#runs-table")
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show_detail(asked=True)
        self._read_more()
        self._read_machine()

    def _show_detail(self, *, changed: bool = False, asked: bool = False) -> None:
        """Show the highlighted run, as far as it has changed; all of it if a user `asked`."""
        view = self.view
        line = self._lines.get(view.run.name) if view else None
        if view is not None and view.run.name != self.shown.name:
            self.shown.more = []
        self.shown.show(view, line, changed=changed, asked=asked)
        if asked:
            self._tell_more()

    def action_turn(self, side: Side) -> None:
        """Show a log, the failures or the training, or the curve again."""
        self.shown.turn(side)
        self._focus_shown()

    def _focus_shown(self) -> None:
        """Give the keys to what takes them now."""
        if self.detail.side != "curve" or self.has_class("-zoom"):
            self.detail.shown().focus()
        else:
            self.table.focus()

    @on(FailurePane.ToLog)
    def _to_log(self, event: FailurePane.ToLog) -> None:
        event.stop()
        self.shown.to_log(event.cell)

    async def action_metric(self, by: int) -> None:
        """Draw another metric."""
        await self.shown.metric(by)

    async def action_group(self, by: int) -> None:
        """Draw another model or dataset of the run, or another network."""
        await self.shown.group(by)

    async def action_cursor(self, by: int) -> None:
        """Read the values of the next or the previous layer."""
        await self.shown.cursor(by)

    def action_interval(self) -> None:
        """Draw intervals as whiskers, as a band or not at all."""
        self.detail.plot.toggle_interval()

    def action_zoom(self) -> None:
        """Hide the list, or show it again."""
        self.toggle_class("-zoom")
        self._focus_shown()

    def action_end(self, direction: int) -> None:
        """Go to the first or the last run."""
        self.table.action_move(direction * len(self.table.rows))

    def action_back(self) -> None:
        """Leave the zoom, a search, the log, the filter, the reading line: the first there is."""
        line = self.filter_line
        if self.has_class("-zoom"):
            self.action_zoom()
        elif self.detail.side != "curve":
            if not self.detail.log_pane.leave_search():
                self.action_turn(self.detail.side)
        elif line.text:
            line.drop()
        else:
            self.detail.plot.leave_cursor()

    def action_filter(self) -> None:
        """Filter the list."""
        self.remove_class("-zoom")
        self.filter_line.enter()
        self._fit()

    def action_archived(self) -> None:
        """Show archived runs too, or hide them again."""
        self.with_archived = not self.with_archived
        self._show_list()

    @on(FilterLine.Changed)
    def _filter(self) -> None:
        self._show_list()

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()
        self._fit()

    @on(RowTable.Chosen, "#runs-table")
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Show the results of the run."""
        if self.view:
            self.post_message(self.OpenResults(self.view.run.name))

    def action_keep(self, what: str) -> None:
        """Tag, note, rename, archive or delete the run, or take the last of these back."""
        if what == "undo":
            self.keeper.undo()
        elif self.view is not None:
            getattr(self.keeper, what)(self.view.run)

    def action_cancel(self) -> None:
        """Cancel the run if it is live."""
        line = self.shown.line
        if line is None or not line.is_going:
            self.notify("only a live run can be cancelled", timeout=3)
            return
        self.post_message(self.Cancel(line.name))

    def action_resume(self) -> None:
        """Resume the run if it can be resumed, or retry its failed cells."""
        line = self.shown.line
        if line is None or not (line.status in RESUMABLE or line.can_retry):
            told = "only a run that broke off can be resumed, or one with failed cells retried"
            self.notify(told, timeout=3)
            return
        self.post_message(self.Resume(line.name))

    def action_pause(self) -> None:
        """Pause the run if it is live, or let it go on."""
        line = self.shown.line
        if line is None or not line.is_going:
            self.notify("only a live run can be paused", timeout=3)
            return
        self.keeper.pause(self.tailer.views[line.name].run, not line.is_paused)

    def action_earlier(self, by: int) -> None:
        """Move the run in the queue if it waits."""
        line = self.shown.line
        if line is None or not line.place:
            self.notify("only a run that waits for a GPU stands in the queue", timeout=3)
            return
        run = self.tailer.views[line.name].run
        in_background(self, moved(run, by), self._take_moved, keys_wait=True)

    def _take_moved(self, value: QueueSeen | ProbingError) -> None:
        if isinstance(value, ProbingError):
            self.notify(clean(value), severity="error", markup=False)
        else:
            self._take_look(({}, value))

    def action_rerun(self) -> None:
        """Load the spec of the run into Compose."""
        if self.view is None:
            return
        try:
            self.post_message(self.Rerun(self.view.run.read_spec()))
        except ProbingError as error:
            self.notify(clean(error), severity="error", markup=False)

    def action_copy(self) -> None:
        """Copy the path of the run's folder."""
        if self.view:
            path = clean(Path(self.view.run.path))
            self.app.copy_to_clipboard(str(self.view.run.path))
            self.notify(f"copied, if the terminal allows it: {path}", markup=False)
