"""A log of a run, with a line to search in it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.widgets.filter_line import FilterLine
from tui.widgets.line_view import LineView


class LogPane(Vertical):
    """The lines of a log under a title, and below them what is searched."""

    DEFAULT_CSS = """
    LogPane {
        height: 1fr; width: 1fr;
        & > .log-title { height: 1; padding: 0 1; }
        & > .log-title > .name { width: 1fr; text-style: bold; }
        & > .log-title > .told { width: auto; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        """Title, lines, search."""
        with Horizontal(classes="log-title"):
            yield Static("", classes="name", markup=False)
            yield Static("", classes="told", markup=False)
        yield LineView(empty="The log is empty.")
        yield FilterLine("text to find; n, N: next, previous", id="log-search")

    @property
    def view(self) -> LineView:
        """The lines."""
        return self.query_one(LineView)

    @property
    def query_line(self) -> FilterLine:
        """Where what is searched is typed."""
        return self.query_one(FilterLine)

    def show(self, title: str, lines: Sequence[str], *, to_end: bool) -> None:
        """Show these lines under a title."""
        self.query_one(".name", Static).update(title)
        self.view.show(lines, to_end=to_end)
        self._tell()

    def find(self, text: str) -> None:
        """Search for a text; an empty one is no search."""
        self.query_line.fill(text)
        self.view.search(text, back=True)
        self._tell()

    def leave_search(self) -> bool:
        """Forget what is searched; False where there was nothing."""
        if not self.query_line.text:
            return False
        self.find("")
        return True

    def _tell(self) -> None:
        self.query_one(".told", Static).update(f"{self.view.told}   / search")

    @on(LineView.Searched)
    def _enter(self, event: LineView.Searched) -> None:
        event.stop()
        self.query_line.enter()

    @on(FilterLine.Changed)
    def _search(self, event: FilterLine.Changed) -> None:
        event.stop()
        self.view.search(event.query)
        self._tell()

    @on(FilterLine.Left)
    def _leave(self, event: FilterLine.Left) -> None:
        event.stop()
        self.view.focus()

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._tell()
