"""Progress bars of a run on a terminal: the forward pass and the fits, warnings above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from probing.events import GenerationDone, GenerationStarted, Logged, PassDone, PassStarted
from probing.logs import PassState, RunView
from tui.console.failed_cells import FailedCells
from tui.console.log_lines import sentence
from tui.texts.names import shown_name
from tui.texts.of_runs.run_line import clock
from tui.texts.of_runs.run_progress import fits_left, pass_left
from tui.texts.sanitiser import clean

NAME_WIDTH = 30
_DRAWN = (GenerationStarted, GenerationDone, PassStarted, PassDone)


class Bars:
    """Draws the bars of a run, again only when something changed."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None, pulse_style="bar.back"),
            TextColumn("{task.fields[amount]}", markup=False),
            TextColumn("{task.fields[left]}", markup=False),
            console=self._console,
            auto_refresh=False,
            expand=True,
            transient=True,
        )
        self._pass: TaskID | None = None
        self._fits: TaskID | None = None
        self._failed = FailedCells()
        self._bars.start()

    def take(self, logged: Sequence[Logged], view: RunView) -> None:
        """Take new events and draw what changed."""
        for event, before in self._failed.before([one.event for one in logged], view):
            shown = "" if isinstance(event, _DRAWN) else sentence(event, view)
            for line in (*before, shown):
                self.say(line)
        if logged:
            self._show_pass(view.state.generating or view.state.current_pass, view)
            self._show_fits(view)
            self._bars.refresh()

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        if line:
            self._bars.print(Text(clean(line)))

    def close(self) -> None:
        """Remove the bars."""
        self._bars.stop()

    def _show_pass(self, current: PassState | None, view: RunView) -> None:
        if current is None:
            return
        if self._pass is None:
            self._pass = self._bars.add_task("", amount="", left="")
        grows = " continued" if current is view.state.generating else ""
        self._bars.update(
            self._pass,
            description=clean(
                f"{current.dataset}{grows} · {shown_name(current.model)}", NAME_WIDTH
            ),
            total=current.tokens_total or None,
            completed=current.tokens_total if current.done else current.tokens_done,
            amount=_rates(current),
            left=_left(0.0 if current.done else pass_left(current)),
        )

    def _show_fits(self, view: RunView) -> None:
        state = view.state
        if not state.n_cells:
            return
        if self._fits is None:
            self._fits = self._bars.add_task("", amount="", left="")
        failed = f", {state.n_failed:,} failed" if state.n_failed else ""
        self._bars.update(
            self._fits,
            description="fits",
            total=state.n_cells,
            completed=state.n_done + state.n_failed,
            amount=f"{state.n_done:,}/{state.n_cells:,} cells{failed}",
            left=_left(fits_left(view)),
        )


def _rates(current: PassState) -> str:
    if not current.tokens_done or not current.elapsed_s:
        return ""
    texts, tokens = (n / current.elapsed_s for n in (current.texts_done, current.tokens_done))
    return f"{texts:,.0f} texts/s, {tokens:,.0f} tokens/s"


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{clock(seconds)} left"
