"""The place Runs: every run, live and past, as read from its files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunView
from probing.query import fits
from probing.spec import Spec
from tui.plot.metric_choice import next_metric
from tui.processes.background import LONGEST_S, Latest
from tui.processes.tailer import Tailer, tail
from tui.runs import kept
from tui.runs.curves import NO_CURVES, CurveWish, RunCurves, copy_of, curves_of, groups_of
from tui.runs.detail import RunDetail
from tui.runs.facts import Fact, facts_of, failure_notes, warnings_of
from tui.runs.keys_and_layout import KEYS, LAYOUT
from tui.texts.completion import facts_of_rows
from tui.texts.plans import counted
from tui.texts.run_line import LOOKS, RESUMABLE, TICKING, RunLine
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import Row, RowTable

COLUMNS = (
    Column("state", 9),
    Column("run", 12, middle=True),
    Column("cells", 5, right=True),
    Column("%", 4, right=True),
    Column("left", 4),
    Column("started", 8, rank=1),
)
CELLS = 2
EMPTY = "No runs yet. Compose an experiment (1), then run it (Ctrl+R)."
READING = "Reading the runs …"
NO_MATCH = "No run matches the filter. Press / to change it; Esc clears it."
WIDE = 110


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
        """The user resumes a run."""

    class Cancel(OpenResults):
        """The user cancels a run."""

    class Rerun(Message):
        """The user wants the spec of a run in Compose."""

        def __init__(self, spec: Spec) -> None:
            super().__init__()
            self.spec = spec

    def __init__(self, tailer: Tailer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tailer = tailer
        self._lines: dict[str, RunLine] = {}
        self._rows: dict[str, tuple[RunLine, str, Row]] = {}
        self._wish = CurveWish()
        self._curves = NO_CURVES
        self._shown = ""
        self._wanted = ""
        self._notes: list[Fact] = []
        self._noted = ""
        self._noting: Latest[list[Fact]] = Latest(self)
        self._latest: Latest[RunCurves | list[str]] = Latest(self)

    def compose(self) -> ComposeResult:
        """The list with its filter, and the details."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield FilterLine("word, state=done, progress<50 …")
                yield RowTable(id="runs-table", empty=EMPTY)
            yield RunDetail()

    @property
    def table(self) -> RowTable:
        """The list."""
        return self.query_one(RowTable)

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
        self.query_one(FilterLine).offer(lambda: facts_of_rows(one.row for one in lines.values()))
        self._take(list(self.tailer.views))
        self._show_list()
        self._show_detail(asked=True)

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
        is_read = {"log": self._latest.is_over, "notes": self._noting.is_over}
        is_there = is_read.get(self.detail.side, True)
        return self.tailer.has_looked and not self._wanted and is_there

    def on_resize(self, event: events.Resize) -> None:
        """Place list and details side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")

    def refresh_runs(self, changed: list[str]) -> None:
        """Show the runs that changed, and the time left of live ones."""
        if self.is_mounted:
            if self._take(changed) or self.table.empty == READING:
                self._show_list()
            # a run that was just started is not in the files yet
            if self._wanted and self.table.highlight((self._wanted,)):
                self._wanted = ""
            self._show_detail(changed=self._shown in changed)

    def _take(self, changed: list[str]) -> bool:
        """Take in what is known of the runs; whether the list has changed."""
        views, before = self.tailer.views, dict(self._lines)
        going = [name for name, line in self._lines.items() if line.is_going]
        for name in {*changed, *going, *(views.keys() - self._lines.keys())}:
            if name in views:
                self._lines[name] = RunLine.of(views[name])
        for name in self._lines.keys() - views.keys():
            del self._lines[name]
        return self._lines != before

    def show_run(self, run_name: str) -> None:
        """Highlight a run; clears a filter that hides it."""
        if not self.table.highlight((run_name,)):
            self.query_one(FilterLine).fill("")
            self._wanted = run_name
            self.set_timer(LONGEST_S, self._want_nothing)
            self.refresh_runs([run_name])

    def _want_nothing(self) -> None:
        """Wait no longer for a run that does not come."""
        self._wanted = ""

    def _show_list(self) -> None:
        query = self.query_one(FilterLine)
        lines = sorted(self._lines.values(), key=lambda line: (line.started, line.name))[::-1]
        try:
            kept = [line for line in lines if fits(line.row, query.text)]
            query.tell("")
        except ProbingError as error:
            query.tell(str(error))
            return
        rows = [self._row(line) for line in kept]
        empty = EMPTY if self.tailer.has_looked else READING
        self.table.empty = NO_MATCH if lines else empty
        self.table.show(_with_whole_counts(rows), rows)
        going = sum(line.is_going for line in lines)
        runs = counted(len(lines), "run")
        shown = f"{len(kept):,} of {runs}" if query.text else runs
        self.detail.border_title = f"{shown}, {going:,} live" if going else shown

    def _row(self, line: RunLine) -> Row:
        """The row of a line, made again where the line or the day is another."""
        today = time.strftime("%j")
        if self._rows.get(line.name, ())[:2] != (line, today):
            row = Row((line.name,), line.texts(), LOOKS.get(line.status, ""))
            self._rows[line.name] = line, today, row
        return self._rows[line.name][2]

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show_detail(asked=True)

    def _show_detail(self, *, changed: bool = False, asked: bool = False) -> None:
        """Show the highlighted run, as far as it has changed; all of it if a user `asked`."""
        view = self.view
        if view is None or view.run.name not in self._lines:
            self._shown = ""
            self.detail.show_facts([])
            self.detail.show_curves(NO_CURVES)
            return
        if view.run.name != self._shown:
            self._shown, asked = view.run.name, True
            self._curves, self._wish = NO_CURVES, CurveWish(metric=self._wish.metric)
        if changed:
            self._wish = replace(self._wish, frame=None)
        line = self._lines[view.run.name]
        if changed or asked:
            self._ask_notes(view, asked)
        if changed or asked or line.status in TICKING:
            self.detail.show_facts(facts_of(view, line, self._notes))
        if self.detail.side == "log" and (changed or asked or line.is_going):
            path = view.run.log
            self._latest.ask(lambda: tail(path), partial(self._show_log, asked))
        elif self.detail.side == "curve" and (changed or asked):
            self._ask_curves(view)

    def _ask_notes(self, view: RunView, asked: bool) -> None:
        """Note the warnings, and the failures once the plan was read for their cells."""
        failures, name = view.state.failures_by_reason, view.run.name
        if name != self._noted:
            self._noted, self._notes = name, warnings_of(view)
        take = partial(self._take_notes, name, asked)
        if failures:
            self._noting.ask(partial(failure_notes, view, failures), take)
        else:
            take([])

    def _take_notes(self, run: str, asked: bool, value: list[Fact] | ProbingError) -> None:
        view = self.view
        if not self.is_mounted or isinstance(value, ProbingError) or view is None:
            return
        if run == view.run.name and run in self._lines:
            self._notes = value + warnings_of(view)
            self.detail.show_facts(facts_of(view, self._lines[run], self._notes))
            if self.detail.side == "notes":
                self.detail.show_notes(self._notes, asked)

    def _ask_curves(self, view: RunView) -> None:
        groups, wish = groups_of(view), self._wish
        group = wish.group if wish.group in groups else next(reversed(groups), None)
        copy = copy_of(view, group)
        work = partial(curves_of, copy, groups, wish)
        self._latest.ask(work, partial(self._show_curves, view.run.name))

    def _show_curves(self, run: str, value: RunCurves | list[str] | ProbingError) -> None:
        if self.is_mounted and isinstance(value, ProbingError):
            self.notify(clean(value), severity="error", markup=False)
        elif self.is_mounted and isinstance(value, RunCurves) and run == self._shown:
            self._curves, self._wish = value, replace(self._wish, frame=value.frame)
            self.detail.show_curves(value)

    def _show_log(self, asked: bool, value: RunCurves | list[str] | ProbingError) -> None:
        if self.is_mounted and self.detail.side == "log" and isinstance(value, list):
            self.detail.show_log(value, asked)

    def action_turn(self, side: str) -> None:
        """Show the log, the warnings, or the curve again."""
        self.detail.turn("log" if side == "log" else "notes")
        if self.has_class("-zoom"):
            self.detail.take_focus()
        self._show_detail(asked=True)

    async def action_metric(self, by: int) -> None:
        """Draw another metric."""
        await self._latest.over()
        known, current = list(self._curves.metrics), self._wish.metric
        current = current if current in known else self.detail.plot.metric
        self._want(metric=next_metric(current, known, by))

    async def action_group(self, by: int) -> None:
        """Draw another model or dataset of the run."""
        await self._latest.over()
        groups = self._curves.groups
        if groups:
            group = self._wish.group
            at = groups.index(group) if group in groups else len(groups) - 1
            self._want(group=groups[(at + by) % len(groups)])

    def _want(self, **changes: object) -> None:
        self._wish = replace(self._wish, **changes)  # type: ignore[arg-type]
        if self.view is not None:
            self._ask_curves(self.view)

    async def action_cursor(self, by: int) -> None:
        """Read the values of the next or the previous layer."""
        await self._latest.over()
        self.detail.plot.move_cursor(by)

    def action_interval(self) -> None:
        """Draw intervals as whiskers, as a band or not at all."""
        self.detail.plot.toggle_interval()

    def action_zoom(self) -> None:
        """Hide the list, or show it again."""
        self.toggle_class("-zoom")
        if self.has_class("-zoom"):
            self.detail.take_focus()
        else:
            self.table.focus()

    def action_end(self, direction: int) -> None:
        """Go to the first or the last run, or line where only lines are shown."""
        text = self.detail.query_one("#text")
        if not (self.has_class("-zoom") and text.display):
            self.table.action_move(direction * len(self.table.rows))
        elif direction > 0:
            text.scroll_end(animate=False)
        else:
            text.scroll_home(animate=False)

    def action_back(self) -> None:
        """Leave the zoom, the log or notes, the filter, the reading line: the first there is."""
        line = self.query_one(FilterLine)
        if self.has_class("-zoom"):
            self.action_zoom()
        elif self.detail.side != "curve":
            self.action_turn(self.detail.side)
        elif line.text:
            line.drop()
        else:
            self.detail.plot.leave_cursor()

    def action_filter(self) -> None:
        """Filter the list."""
        self.remove_class("-zoom")
        self.query_one(FilterLine).enter()

    @on(FilterLine.Changed)
    def _filter(self) -> None:
        self._show_list()

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Show the results of the run."""
        if self.view:
            self.post_message(self.OpenResults(self.view.run.name))

    def action_cancel(self) -> None:
        """Cancel the run if it is live."""
        line = self._lines.get(self._shown)
        if line is None or not line.is_going:
            self.notify("only a live run can be cancelled", timeout=3)
            return
        self.post_message(self.Cancel(line.name))

    def action_resume(self) -> None:
        """Resume the run if it can be resumed."""
        line = self._lines.get(self._shown)
        if line is None or line.status not in RESUMABLE:
            self.notify("only a failed, cancelled, killed or damaged run can be resumed", timeout=3)
            return
        self.post_message(self.Resume(line.name))

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


def _with_whole_counts(rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns; a count of cells that is cut would say another."""
    widest = max((cell_len(row.cells[CELLS]) for row in rows), default=0)
    columns = list(COLUMNS)
    columns[CELLS] = replace(columns[CELLS], least=max(columns[CELLS].least, widest))
    return tuple(columns)
