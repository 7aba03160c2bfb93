"""A whole text to read and to search, over a place; keys step to the texts beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.texts.characters import with_arrows
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean_lines
from tui.widgets.filter_line import FilterLine


@dataclass(frozen=True)
class Reading:
    """A text, what it is, and lines of facts above it."""

    title: str
    text: str
    facts: tuple[str, ...] = ()


class TextReader(ModalScreen[None]):
    """Shows one text; `step` gives the one so many places further, None where there is none."""

    DEFAULT_CSS = """
    TextReader .dialog { width: 96% !important; height: 94% !important; }
    TextReader .facts { height: auto; color: $text-muted; }
    TextReader .whole { height: 1fr; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Close", id="reader.leave"),
        Binding("slash", "search", "Search", id="reader.search", key_display="/"),
        Binding("n", "find(1)", "Next match", id="reader.next"),
        Binding("N", "find(-1)", "Previous match", id="reader.previous", show=False),
        Binding("left,h", "step(-1)", "Previous text", id="reader.back"),
        Binding("right,l", "step(1)", "Next text", id="reader.forth"),
        Binding("down,j", "scroll(1)", "Down", id="reader.down", show=False),
        Binding("up,k", "scroll(-1)", "Up", id="reader.up", show=False),
        Binding("pagedown", "scroll(10)", "Page down", id="reader.page_down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", id="reader.page_up", show=False),
    ]

    def __init__(
        self, reading: Reading, step: Callable[[int], Reading | None] | None = None
    ) -> None:
        super().__init__()
        self._reading, self._step = reading, step
        self._found: list[int] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        """The title, the facts, the text and the keys."""
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="title")
            yield Static("", markup=False, classes="facts")
            yield FilterLine("a word or a part of one")
            with VerticalScroll(classes="whole", can_focus=True):
                yield Static("", markup=False, classes="lines")
            beside = "← → other texts   " if self._step else ""
            keys = f"↑ ↓ scroll   {beside}/ search   n next match   Esc close"
            yield Static(with_arrows(keys), markup=False, classes="keys")

    def on_mount(self) -> None:
        """Show the text."""
        self._show()
        self.query_one(".whole").focus()

    def action_leave(self) -> None:
        """Close; the first Esc of a search ends the search."""
        line = self.query_one(FilterLine)
        if line.text:
            line.drop()
        else:
            self.dismiss(None)

    def action_search(self) -> None:
        """Type what to look for."""
        self.query_one(FilterLine).enter()

    @on(FilterLine.Changed)
    def _changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._show()
        self._to_match()

    @on(FilterLine.Left)
    def _left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.query_one(".whole").focus()

    def action_find(self, by: int) -> None:
        """Go to the next or the previous match."""
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._show(again=True)
            self._to_match()

    def action_step(self, by: int) -> None:
        """Show the text so many places further."""
        after = self._step(by) if self._step else None
        if after is None:
            self.notify("no further text", timeout=2)
            return
        self._reading = after
        self._show()
        self.query_one(".whole").scroll_home(animate=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one(".whole").scroll_relative(y=lines, animate=False)

    def _show(self, *, again: bool = False) -> None:
        shown = clean_lines(self._reading.text)
        needle = self.query_one(FilterLine).text.casefold()
        if not again:
            self._found, self._at = _places(shown, needle), 0
        text = Text(shown)
        for at, place in enumerate(self._found):
            style = "reverse bold" if at == self._at else "underline"
            text.stylize(style, place, place + len(needle))
        self.query_one(".title", Static).update(clean_lines(self._reading.title))
        facts = "\n".join(map(clean_lines, self._reading.facts))
        if needle:
            n = len(self._found)
            facts += f"\n{counted(n, 'match')}" if n else "\nno match"
        self.query_one(".facts", Static).update(facts)
        self.query_one(".lines", Static).update(text)

    def _to_match(self) -> None:
        """Bring the match into sight."""
        if self._found:
            width = max(self.query_one(".lines").size.width, 1)
            before = self._reading.text[: self._found[self._at]]
            lines = sum(len(line) // width + 1 for line in before.split("\n"))
            self.query_one(".whole").scroll_to(y=max(lines - 3, 0), animate=False)


def _places(text: str, needle: str) -> list[int]:
    """Where a needle stands in a text, whatever its case; none where it is empty."""
    found, folded = [], text.casefold()
    # a few characters change their number when folded: then the case counts
    folded = folded if len(folded) == len(text) else text
    at = folded.find(needle) if needle else -1
    while at >= 0:
        found.append(at)
        at = folded.find(needle, at + len(needle))
    return found
