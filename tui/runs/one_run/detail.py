"""The details of one run: its facts, and beside or below them what was asked for of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.plot.curve_plot import CurvePlot
from tui.runs.failures.failure_pane import FailurePane
from tui.runs.logs.log_pane import LogPane
from tui.runs.machine.machine_strip import MachineStrip
from tui.runs.networks.training_pane import TrainingPane
from tui.runs.one_run.curves import RunCurves
from tui.runs.one_run.facts import Fact

Side = Literal["curve", "log", "events", "notes", "training"]
SIDES: tuple[Side, ...] = ("curve", "log", "events", "notes", "training")
STYLES = {"title": "bold", "bad": "red", "warn": "yellow", "quiet": "dim"}
MOST_LINES = 4
LABELS, INDENT = ("pass", "fits", "best", "tags", "note", "queue", "held"), "      "
WAITING = "No curve yet: it appears as folds finish."


class RunDetail(Vertical):
    """The facts of a run, and its curve, a log, its failures or its training."""

    DEFAULT_CSS = """
    RunDetail {
        height: 1fr; width: 1fr; layout: vertical;
        & > #about { height: auto; max-height: 45%; }
        & #facts-scroll { height: auto; padding: 0 1; scrollbar-size-vertical: 0; }
        & #machine { display: none; }
        & #facts { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
        & > LogPane, & > FailurePane, & > TrainingPane { display: none; }
        &.-log > LogPane, &.-events > LogPane { display: block; }
        &.-notes > FailurePane, &.-training > TrainingPane { display: block; }
        &.-log > CurvePlot, &.-events > CurvePlot, &.-notes > CurvePlot { display: none; }
        &.-training > CurvePlot { display: none; }
        &.-beside { layout: horizontal; }
        &.-beside > #about { width: 38%; max-width: 76; height: 1fr; max-height: 100%; }
        &.-beside #facts-scroll {
            height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        }
        &.-beside #machine { display: block; border-top: solid $primary-muted; }
        &.-beside #facts { text-wrap: wrap; }
    }
    """

    side: Side = "curve"
    _facts: Sequence[Fact] = ()

    def compose(self) -> ComposeResult:
        """The facts, the curve, and what takes its place."""
        with Vertical(id="about"):
            with VerticalScroll(id="facts-scroll", can_focus=False):
                yield Static("", id="facts", markup=False)
            yield MachineStrip(id="machine")
        yield CurvePlot(id="curve", empty=WAITING)
        yield LogPane()
        yield FailurePane()
        yield TrainingPane()

    @property
    def plot(self) -> CurvePlot:
        """The curve."""
        return self.query_one(CurvePlot)

    @property
    def log_pane(self) -> LogPane:
        """Either log."""
        return self.query_one(LogPane)

    @property
    def failures(self) -> FailurePane:
        """The failures."""
        return self.query_one(FailurePane)

    @property
    def training(self) -> TrainingPane:
        """The curves of the training."""
        return self.query_one(TrainingPane)

    @property
    def is_beside(self) -> bool:
        """Whether the facts stand beside the curve, with room for more of them."""
        return self.has_class("-beside")

    def shown(self) -> Widget:
        """What takes the keys of the side that is shown."""
        if self.side in ("log", "events"):
            return self.log_pane.view
        if self.side == "notes":
            return self.failures.table
        return self.training if self.side == "training" else self.plot

    def turn(self, side: Side) -> None:
        """Show that side, or the curve again if it is shown already."""
        self.side = "curve" if side == self.side else side
        for one in SIDES[1:]:
            self.set_class(self.side == one, f"-{one}")

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts."""
        # to lay out the same again would cost as much
        if facts != self._facts:
            self._facts = facts
            self._draw_facts()

    def on_resize(self) -> None:
        """Wrap the facts, or cut them but for what went wrong."""
        self.call_after_refresh(self._draw_facts)

    def _draw_facts(self) -> None:
        facts = self.query_one("#facts", Static)
        facts.update(as_text(self._facts, facts.content_size.width, cut=not self.is_beside))

    def show_curves(self, curves: RunCurves) -> None:
        """Draw these curves."""
        plot = self.plot
        plot.show(curves.series, curves.metric, curves.chance, curves.note, curves.span)


def as_text(facts: Sequence[Fact], width: int, *, cut: bool) -> Text:
    """Facts as styled lines; those wider than `width` go on below, or are `cut`.

    What went wrong is never cut to its first line: it ends with what to do about it.
    """
    text = Text(no_wrap=True, overflow="ellipsis")
    for fact in facts:
        is_whole = width > 0 and (fact.look == "bad" or not cut)
        lines = _wrapped(fact.text, width) if is_whole else [fact.text]
        for line in lines[: MOST_LINES if cut else None]:
            text.append(line + "\n", style=STYLES.get(fact.look, ""))
    text.rstrip()
    return text


def _wrapped(text: str, width: int) -> list[str]:
    """A line in several, the further ones indented as what follows its first word is."""
    indent = INDENT if text.startswith((" ", *LABELS)) else ""
    lines = textwrap.wrap(
        text, width, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False
    )
    return [*lines] or [""]
