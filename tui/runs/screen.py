"""The place Runs: every run, live and past, as read from its files, and what its keys do."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message

from probing.errors import ProbingError
from probing.logs import RunFolder, RunView
from probing.spec import Spec
from tui.processes.background import in_background
from tui.processes.tailer import Tailer
from tui.runs.failures.failure_pane import FailurePane
from tui.runs.keeper import Keeper
from tui.runs.keys_and_layout import KEYS, LAYOUT, WANTED
from tui.runs.one_run.detail import Side
from tui.runs.overview import Overview
from tui.runs.queueing import QueueSeen, moved
from tui.texts.of_runs.run_line import RESUMABLE, RunLine
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import RowTable


class RunsPane(Overview):
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
        super().__init__(tailer, id=id)
        self.keeper = Keeper(self, self)
        self._shown_keys: tuple[str, ...] = ()

    @property
    def wanted_keys(self) -> tuple[str, ...]:
        """The keys of most use to the highlighted run."""
        row = self.table.row
        line = self.book.lines.get(row.key[0]) if row else None
        return WANTED[kind_of(line)] if line else ()

    def _show_detail(self, *, changed: bool = False, asked: bool = False) -> None:
        super()._show_detail(changed=changed, asked=asked)
        if self._shown_keys != self.wanted_keys:
            self._shown_keys = self.wanted_keys
            self.refresh_bindings()

    def swap(self, name: str, run: RunFolder, view: RunView | None) -> None:
        """Show a run in the place of the one of that name, and have the files read again."""
        super().swap(name, run, view)
        self.post_message(self.Changed(run.name))

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
        self.fit()

    def action_archived(self) -> None:
        """Show archived runs too, or hide them again."""
        self.with_archived = not self.with_archived
        self.show_list()

    @on(FilterLine.Changed)
    def _filter(self) -> None:
        self.show_list()

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()
        self.fit()

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
            self.book.take_queue(value)

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


def kind_of(line: RunLine) -> str:
    """What a run does, as far as keys are concerned."""
    if line.is_going:
        return "queued" if line.status == "waiting" else "going"
    return "stopped" if line.status in RESUMABLE or line.n_failed else "done"
