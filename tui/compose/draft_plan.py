"""Plan the draft in a thread whenever it changes, and show the plan line."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer
from textual.widget import Widget

from probing.errors import ProbingError, SpecError
from probing.plan import Plan
from probing.spec.engines import SLURM
from tui.compose.draft import Draft
from tui.compose.plan_line import PlanLine
from tui.processes.background import Latest
from tui.processes.known_facts import FactsBook
from tui.texts.of_runs.plans import plan_text

PAUSE_S = 0.1


class Planning:
    """Keeps a `PlanLine` up to date; calls `looked_up` when new facts are known."""

    def __init__(self, owner: Widget, book: FactsBook, looked_up: Callable[[], None]) -> None:
        self._owner, self._book, self._looked_up = owner, book, looked_up
        self._latest: Latest[Plan] = Latest(owner)
        self._timer: Timer | None = None
        self._asked: Draft | None = None
        self._waits: Draft | None = None

    def ask(self, draft: Draft) -> None:
        """Plan `draft` as soon as the user stops typing for a moment, and sees it."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._owner.set_timer(PAUSE_S, lambda: self._ask(draft))

    def go_on(self) -> None:
        """Plan what was asked for while another place was open."""
        if self._waits is not None:
            self._ask(self._waits)

    @property
    def _line(self) -> PlanLine:
        return self._owner.query_one(PlanLine)

    def _ask(self, draft: Draft) -> None:
        self._waits = None if self._owner.display else draft
        if self._waits is not None:
            return
        self._asked = draft
        if self._line.tell_lacking(draft):
            return
        try:
            spec = draft.spec()
        except SpecError as error:
            self._line.tell_error(error)
            return
        self._line.tell_looking()
        self._latest.ask(lambda: self._book.plan(spec), lambda plan: self._planned(draft, plan))

    def _planned(self, draft: Draft, plan: Plan | ProbingError) -> None:
        self._looked_up()
        if draft is not self._asked:  # it lacks something since, or is wrong
            return
        if isinstance(plan, ProbingError):
            self._line.tell_error(plan)
        else:
            # what this machine lacks, the nodes of Slurm may have
            lacks = () if plan.spec.engine.kind == SLURM else plan.lacks
            self._line.tell_plan(plan_text(plan), _notes(plan), lacks)


def _notes(plan: Plan) -> list[str]:
    """What is skipped, and what the audits of the datasets warn of."""
    found = [f"{one.name}: {told}" for one in plan.datasets for told in one.warnings]
    return [*plan.notes, *found]
