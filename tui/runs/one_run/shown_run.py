"""The highlighted run in detail: reads its curves, logs, failures and training, and shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunView
from tui.plot.metric_choice import next_metric
from tui.processes.background import Latest
from tui.runs.failures.causes import causes_of
from tui.runs.logs.log_files import LogFile, happened, printed
from tui.runs.networks.training import Training, training_of
from tui.runs.one_run.curves import NO_CURVES, CurveWish, RunCurves, copy_of, curves_of, groups_of
from tui.runs.one_run.detail import RunDetail, Side
from tui.runs.one_run.facts import Fact, facts_of, failure_notes, warnings_of
from tui.texts.names import shown_name
from tui.texts.of_runs.run_line import TICKING, RunLine
from tui.texts.sanitiser import clean


class ShownRun:
    """Keeps a `RunDetail` up to date with one run; reads files in threads of `owner`."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner
        self.view: RunView | None = None
        self.line: RunLine | None = None
        self.more: Sequence[Fact] = ()
        self._wish, self._curves = CurveWish(), NO_CURVES
        self._notes: list[Fact] = []
        self._noted = ""
        self._log: LogFile | None = None
        self._sought = ""
        self._trained: int | None = None
        self._noting: Latest[list[Fact]] = Latest(owner)
        self._latest: Latest[Any] = Latest(owner)

    @property
    def detail(self) -> RunDetail:
        """Where it is shown."""
        return self._owner.query_one(RunDetail)

    @property
    def name(self) -> str:
        """The run, empty where there is none."""
        return self.view.run.name if self.view else ""

    @property
    def is_settled(self) -> bool:
        """Whether what was asked for is there: a log and failures take the next key."""
        return self.detail.side == "curve" or self._latest.is_over

    @property
    def is_over(self) -> bool:
        """Whether nothing is being read for what is drawn."""
        return self._latest.is_over

    def show(
        self, view: RunView | None, line: RunLine | None, *, changed: bool, asked: bool
    ) -> None:
        """Show a run as far as it has changed; all of it if a user `asked`."""
        if view is None or line is None:
            self.view = self.line = None
            self.detail.show_facts([])
            self.detail.show_curves(NO_CURVES)
            return
        if view.run.name != self.name:
            asked, self._curves, self._trained = True, NO_CURVES, None
            self._wish = CurveWish(metric=self._wish.metric)
        self.view, self.line = view, line
        if changed:
            self._wish = replace(self._wish, frame=None)
        if changed or asked:
            self._ask_notes(view)
        if changed or asked or line.status in TICKING:
            self.show_facts()
        if changed or asked or (self.detail.side in ("log", "training") and line.is_going):
            self._ask(asked)

    def show_facts(self) -> None:
        """Say what is known of the run."""
        if self.view is not None and self.line is not None:
            most = 8 if self.detail.is_beside else 2
            facts = facts_of(self.view, self.line, self._notes, most, self.more)
            self.detail.show_facts(facts)

    def _ask_notes(self, view: RunView) -> None:
        """Note the warnings, and the failures once the plan was read for their cells."""
        failures, name = view.state.failures_by_reason, view.run.name
        if name != self._noted:
            self._noted, self._notes = name, warnings_of(view)
        if failures:
            take = partial(self._take_notes, view)
            self._noting.ask(partial(failure_notes, view, failures), take)
        else:
            self._take_notes(view, [])

    def _take_notes(self, view: RunView, value: list[Fact] | ProbingError) -> None:
        if self._owner.is_mounted and view is self.view and not isinstance(value, ProbingError):
            self._notes = value + warnings_of(view)
            self.show_facts()

    def turn(self, side: Side) -> None:
        """Show that side, or the curve again."""
        self.detail.turn(side)
        self._log = None
        self.detail.log_pane.find("")
        self._ask(asked=True)

    def to_log(self, cell: str) -> None:
        """Show the line of the events that says why a cell failed."""
        if self.detail.side != "events":
            self.detail.turn("events")
        self._log, self._sought = None, cell
        self._ask(asked=True)
        self.detail.shown().focus()

    def _ask(self, asked: bool) -> None:
        """Read what the side that is shown needs."""
        view, side = self.view, self.detail.side
        if view is None:
            return
        if side == "curve":
            self._ask_curves(view)
        elif side in ("log", "events"):
            self._ask_log(view, asked)
        elif side == "notes":
            take = self._taker(view, self._take_causes)
            # while events come in, a thread reads a copy
            failures = dict(view.state.failures) if view.state.outcome is None else None
            self._latest.ask(partial(causes_of, view, failures), take)
        else:
            take = self._taker(view, self.detail.training.show)
            self._latest.ask(partial(training_of, view, self._trained), take)

    def _taker(self, view: RunView, show: Callable[[Any], None]) -> Callable[[Any], None]:
        """Shows what was read, unless something else is shown by now."""
        side = self.detail.side

        def take(value: Any) -> None:
            if not self._owner.is_mounted or view is not self.view or side != self.detail.side:
                return
            if isinstance(value, ProbingError):
                self._owner.notify(clean(value), severity="error", markup=False)
            else:
                show(value)

        return take

    def _ask_log(self, view: RunView, asked: bool) -> None:
        events = self.detail.side == "events"
        path = view.run.events if events else view.run.log
        if self._log is None or self._log.path != path:
            self._log = LogFile(path, happened if events else printed)
        take = self._taker(view, partial(self._take_log, asked))
        self._latest.ask(self._log.read, take)

    def _take_log(self, asked: bool, lines: Sequence[str]) -> None:
        what = "events" if self.detail.side == "events" else "log"
        pane = self.detail.log_pane
        pane.show(f"{what} of {shown_name(self.name)}", lines, to_end=asked)
        if self._sought:
            self._sought, sought = "", self._sought
            at = [at for at, line in enumerate(lines) if "cell failed" in line and sought in line]
            pane.find(sought)
            if at:
                pane.view.go_to(at[-1])

    def _take_causes(self, causes: Any) -> None:
        view = self.view
        told = [f"{one.where}: {one.message}" if one.where else one.message
                for one in (view.state.warnings if view else ())]  # fmt: skip
        told += [view.damage] if view is not None and view.damage else []
        self.detail.failures.show(self.name, causes, told)

    def _ask_curves(self, view: RunView) -> None:
        groups, wish = groups_of(view), self._wish
        group = wish.group if wish.group in groups else next(reversed(groups), None)
        copy = copy_of(view, group)
        work = partial(curves_of, copy, groups, wish)
        self._latest.ask(work, self._taker(view, self._take_curves))

    def _take_curves(self, value: RunCurves) -> None:
        self._curves, self._wish = value, replace(self._wish, frame=value.frame)
        self.detail.show_curves(value)

    async def metric(self, by: int) -> None:
        """Draw another metric."""
        await self._latest.over()
        known, current = list(self._curves.metrics), self._wish.metric
        current = current if current in known else self.detail.plot.metric
        self._want(metric=next_metric(current, known, by))

    async def group(self, by: int) -> None:
        """Draw another model or dataset of the run, or the training of another cell."""
        await self._latest.over()
        if self.detail.side == "training":
            shown: Training = self.detail.training.shown
            self._trained = (shown.at + by) % max(shown.n_cells, 1)
            self._ask(asked=True)
            return
        groups = self._curves.groups
        if groups:
            group = self._wish.group
            at = groups.index(group) if group in groups else len(groups) - 1
            self._want(group=groups[(at + by) % len(groups)])

    def _want(self, **changes: object) -> None:
        self._wish = replace(self._wish, **changes)  # type: ignore[arg-type]
        if self.view is not None and self.detail.side == "curve":
            self._ask_curves(self.view)

    async def cursor(self, by: int) -> None:
        """Read the values of the next or the previous layer."""
        await self._latest.over()
        self.detail.plot.move_cursor(by)
