"""A few things to choose among: by the arrow keys and Enter, or by their letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.texts.characters import with_arrows
from tui.texts.sanitiser import clean


@dataclass(frozen=True)
class Item:
    """One thing to choose: its letter, what it is called, and what it means."""

    letter: str
    title: str
    meaning: str = ""


class MenuScreen(ModalScreen[str | None]):
    """Offers `items`; the result is the letter of the chosen one, None if none was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="menu.leave"),
        Binding("enter", "choose", "Choose", id="menu.choose"),
        Binding("down,j", "move(1)", "Down", id="menu.down", show=False),
        Binding("up,k", "move(-1)", "Up", id="menu.up", show=False),
    ]

    def __init__(self, title: str, items: Sequence[Item]) -> None:
        super().__init__()
        self._title, self._items = title, tuple(items)
        self.at = 0

    def compose(self) -> ComposeResult:
        """The items and the keys."""
        with Vertical(classes="dialog"):
            yield Static(clean(self._title), markup=False, classes="title")
            yield Static(markup=False, classes="items")
            keys = with_arrows("a letter, or ↑ ↓ and Enter   Esc cancel")
            yield Static(keys, markup=False, classes="keys")

    def on_mount(self) -> None:
        """Show the items."""
        self._draw()

    def _draw(self) -> None:
        width = max(len(one.title) for one in self._items)
        lines = Text(no_wrap=True, overflow="ellipsis")
        for at, one in enumerate(self._items):
            style = "reverse" if at == self.at else ""
            mark = "> " if at == self.at else "  "
            lines.append(mark).append(f" {one.letter} ", "bold").append(" ")
            lines.append(f"{one.title:<{width}}", style).append(f"  {one.meaning}\n", "dim")
        lines.rstrip()
        self.query_one(".items", Static).update(lines)

    def action_move(self, by: int) -> None:
        """Go to the next item."""
        self.at = (self.at + by) % len(self._items)
        self._draw()

    def action_choose(self) -> None:
        """Choose the item under the cursor."""
        self.dismiss(self._items[self.at].letter)

    def on_key(self, event: events.Key) -> None:
        """Choose the item of a letter."""
        if any(one.letter == event.character for one in self._items):
            event.stop()
            self.dismiss(event.character)
