"""The details of one run: its facts, and below them its curve, its log or its warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.plot.curve_plot import CurvePlot
from tui.runs.curves import RunCurves
from tui.runs.facts import Fact
from tui.texts.sanitiser import clean

Side = Literal["curve", "log", "notes"]
STYLES = {"title": "bold", "bad": "red", "warn": "yellow", "quiet": "dim"}
WAITING = "The curve appears here as folds finish."


class RunDetail(Vertical):
    """The facts of a run, above its curve, its log or its warnings."""

    DEFAULT_CSS = """
    RunDetail {
        height: 1fr; width: 1fr;
        & > #facts {
            height: auto; max-height: 45%; padding: 0 1;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #text { display: none; height: 1fr; padding: 0 1; }
        &.-log > #text, &.-notes > #text { display: block; }
        &.-log > CurvePlot, &.-notes > CurvePlot { display: none; }
    }
    """

    side: Side = "curve"
    _lines: Sequence[str] = ()
    _facts: Sequence[Fact] = ()

    def compose(self) -> ComposeResult:
        """The facts, the curve, and a text that scrolls."""
        yield Static("", id="facts", markup=False)
        yield CurvePlot(id="curve", empty=WAITING)
        with VerticalScroll(id="text"):
            yield Static("", id="lines", markup=False)

    @property
    def plot(self) -> CurvePlot:
        """The curve."""
        return self.query_one(CurvePlot)

    def take_focus(self) -> None:
        """Take the focus while the list is hidden."""
        shown = self.plot if self.side == "curve" else self.query_one("#text")
        shown.focus()

    def turn(self, side: Side) -> None:
        """Show that side, or the curve again if it is shown already."""
        self.side = "curve" if side == self.side else side
        self.set_class(self.side == "log", "-log")
        self.set_class(self.side == "notes", "-notes")

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts."""
        # to lay out the same again would cost as much
        if facts != self._facts:
            self._facts = facts
            self.query_one("#facts", Static).update(as_text(facts))

    def show_curves(self, curves: RunCurves) -> None:
        """Draw these curves."""
        plot = self.plot
        plot.show(curves.series, curves.metric, curves.chance, curves.note, curves.span)

    def show_log(self, lines: Sequence[str], asked: bool) -> None:
        """Show the tail of the log: its end, if a user `asked` or it was in sight before."""
        text = self.query_one("#text", VerticalScroll)
        to_end = asked or text.scroll_offset.y >= text.max_scroll_y
        if asked or lines != self._lines:
            self._lines = lines
            shown = [clean(line) for line in lines] or ["The log is empty."]
            self.query_one("#lines", Static).update(Text("\n".join(shown)))
            if to_end:
                text.scroll_end(animate=False)

    def show_notes(self, notes: Sequence[Fact], asked: bool) -> None:
        """Show every failure and warning; from the first if a user `asked`."""
        shown = notes or [Fact("No failures or warnings.")]
        self.query_one("#lines", Static).update(as_text(shown, no_wrap=False))
        if asked:
            self.query_one("#text", VerticalScroll).scroll_home(animate=False)


def as_text(facts: Sequence[Fact], no_wrap: bool = True) -> Text:
    """Facts as styled lines."""
    text = Text(no_wrap=no_wrap, overflow="ellipsis")
    for at, fact in enumerate(facts):
        text.append("\n" if at else "")
        text.append(fact.text, style=STYLES.get(fact.look, ""))
    return text
