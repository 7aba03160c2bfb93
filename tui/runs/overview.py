"""The list of runs over the details of the highlighted one: what is shown, without the keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunFolder, RunView
from tui.processes.background import LONGEST_S
from tui.processes.tailer import Tailer
from tui.runs import kept
from tui.runs.listing import columns_for, columns_of, shown_of
from tui.runs.machine.machine_strip import MachineStrip
from tui.runs.machine.machine_watch import MachineWatch
from tui.runs.one_run.detail import RunDetail
from tui.runs.one_run.shown_run import ShownRun
from tui.runs.run_book import RunBook
from tui.texts.completion import facts_of_rows
from tui.texts.no_match import no_match
from tui.texts.of_runs.plans import counted
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import RowTable

EMPTY = "No runs yet. Compose an experiment (1) and run it (Ctrl+R); F1: a tour."
READING = "Reading the runs …"
WIDE = 110
LEAST_ROWS, MOST_ROWS, SHARE = 3, 5, 0.36


class Overview(Widget):
    """The list of runs, and the details of the highlighted one."""

    def __init__(self, tailer: Tailer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tailer = tailer
        self.shown = ShownRun(self)
        self.book = RunBook(self, tailer, self._book_changed)
        self.machine = MachineWatch(self, self.book)
        self.with_archived = False
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """The list with its filter, the details, and the machine."""
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
        lines = self.book.lines
        self.filter_line.offer(lambda: facts_of_rows(one.row for one in lines.values()))
        self.book.take(list(self.tailer.views))
        self.show_again()
        self.book.look()

    def on_show(self) -> None:
        """Read the machine once this place is in sight."""
        self.machine.look()

    def kept_state(self) -> dict[str, Any]:
        """Where the user is."""
        return kept.state_of(self)

    def take_state(self, state: dict[str, Any]) -> None:
        """Go back to where the user was."""
        kept.restore(self, state)

    def show_again(self) -> None:
        """Show the list and the run anew."""
        self.show_list()
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
            self.show_list()

    def fit(self) -> None:
        """Give the list the lines that it needs, and the rest to the details."""
        most = max(round(self.size.height * SHARE), MOST_ROWS)
        filtering = 1 if self.filter_line.has_class("-shown") else 0
        wanted = min(max(len(self.table.rows) + 1, LEAST_ROWS), most - filtering) + filtering
        self.query_one("#list").styles.height = wanted

    def refresh_runs(self, changed: list[str]) -> None:
        """Show the runs that changed, and the time left of live ones."""
        if not self.is_mounted:
            return
        if self.book.take(changed) or self.table.empty == READING:
            self.show_list()
        # a run that was just started is not in the files yet
        if self._wanted and self.table.highlight((self._wanted,)):
            self._wanted = ""
        self._show_detail(changed=self.shown.name in changed)
        self.book.look()
        # where nothing runs, nothing is redrawn: a line that is idle stays so
        if self.book.n_going:
            self.machine.look()

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
        is_back = view is not None and name not in self.tailer.views
        self.book.swap(name, run, view)
        self.show_list()
        if (is_back or name != run.name) and run.name in self.tailer.views:
            self.table.highlight((run.name,))
        self._show_detail(asked=True)

    def known_tags(self) -> Iterable[str]:
        """The tags of all runs, the most frequent first."""
        return self.book.known_tags()

    def _book_changed(self) -> None:
        """Show what was read of the runs."""
        if self.is_mounted:
            self.show_list()
            self._show_detail()
            self._tell_more()

    def show_list(self) -> None:
        """Show the runs that the filter leaves."""
        query = self.filter_line
        lines = self.book.lines
        try:
            shown = shown_of(lines.values(), query.text, with_archived=self.with_archived)
            query.tell("")
        except ProbingError as error:
            query.tell(str(error))
            return
        columns = columns_for(self.size.width, shown)
        rows = [self.book.row(line, columns) for line in shown]
        empty = EMPTY if self.tailer.has_looked else READING
        self.table.empty = no_match("run", query.text) if lines else empty
        self.table.show(columns_of(columns, rows), rows)
        self.fit()
        self._tell_count(len(shown), query.text)
        self._read_more()

    def _tell_count(self, n_shown: int, query: str) -> None:
        archived = sum(one.marks.is_archived for one in self.book.lines.values())
        hidden = 0 if self.with_archived or "archived" in query else archived
        runs = counted(len(self.book.lines) - hidden, "run")
        parts = [f"{n_shown:,} of {runs}" if query else runs]
        parts += [f"{self.book.n_going:,} live"] if self.book.n_going else []
        parts += [f"{hidden:,} archived (A)"] if hidden else []
        self.detail.border_title = ", ".join(parts)

    def _read_more(self) -> None:
        """Read what else is shown of the runs in sight, where there is room for it."""
        if self.detail.is_beside:
            table = self.table
            top = round(table.scroll_target_y)
            in_sight = table.rows[top : top + max(table.size.height, 1)]
            rows = {row.key[0]: None for row in (*in_sight, *filter(None, [table.row]))}
            self.book.read_more(list(rows))

    def _tell_more(self) -> None:
        """Say what else is known of the highlighted run."""
        if self.view is not None:
            has_room = self.detail.is_beside
            self.shown.more = self.book.more_facts(self.view, has_room=has_room)
            self.shown.show_facts()

    @on(RowTable.Highlighted, "#runs-table")
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show_detail(asked=True)
        self._read_more()
        self.machine.look()

    def _show_detail(self, *, changed: bool = False, asked: bool = False) -> None:
        """Show the highlighted run, as far as it has changed; all of it if a user `asked`."""
        view = self.view
        line = self.book.lines.get(view.run.name) if view else None
        if view is not None and view.run.name != self.shown.name:
            self.shown.more = []
        self.shown.show(view, line, changed=changed, asked=asked)
        if asked:
            self._tell_more()
