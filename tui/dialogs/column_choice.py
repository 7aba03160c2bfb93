"""Which columns a table shows, in which order, and which it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.texts.sanitiser import clean


@dataclass(frozen=True)
class ChosenColumn:
    """A column: its title, whether it is shown, and what it sorts by where it is another."""

    title: str
    is_shown: bool = True
    meaning: str = ""


class ColumnChoice(ModalScreen[tuple[ChosenColumn, ...] | None]):
    """Shows, hides, moves and sorts by columns; the result is all in order, None if cancelled.

    `turn` sorts by a column, up, down or not, and returns the marks by title.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="columns.leave"),
        Binding("enter", "take", "Accept", id="columns.take"),
        Binding("space", "flip", "Show or hide", id="columns.toggle"),
        Binding("s", "sort", "Sort by it", id="columns.sort"),
        Binding("down,j", "move(1)", "Down", id="columns.down", show=False),
        Binding("up,k", "move(-1)", "Up", id="columns.up", show=False),
        Binding("J", "carry(1)", "Move it down", id="columns.carry_down", show=False),
        Binding("K", "carry(-1)", "Move it up", id="columns.carry_up", show=False),
    ]

    def __init__(
        self,
        columns: Sequence[ChosenColumn],
        marks: dict[str, str],
        turn: Callable[[str], dict[str, str]],
    ) -> None:
        super().__init__()
        self._columns, self._marks, self._turn = list(columns), marks, turn
        self.at = 0

    def compose(self) -> ComposeResult:
        """The columns and the keys."""
        keys = "space show   J K move   s sort   Enter accept   Esc cancel"
        with Vertical(classes="dialog"):
            yield Static("Columns", classes="title")
            with VerticalScroll(can_focus=False, classes="columns"):
                yield Static(markup=False, classes="items")
            yield Static(keys, markup=False, classes="keys")

    def on_mount(self) -> None:
        """Show the columns."""
        self._draw()

    def _draw(self) -> None:
        width = max(len(one.title) for one in self._columns)
        lines = Text(no_wrap=True, overflow="ellipsis")
        for at, one in enumerate(self._columns):
            style = "reverse" if at == self.at else ""
            lines.append("> " if at == self.at else "  ").append("[x] " if one.is_shown else "[ ] ")
            lines.append(f"{clean(one.title):<{width}}", style)
            lines.append(f"  {self._marks.get(one.title, ''):<2}", "bold")
            lines.append(f"  {one.meaning}\n", "dim")
        lines.rstrip()
        self.query_one(".items", Static).update(lines)
        self.query_one(VerticalScroll).scroll_to(y=max(self.at - 5, 0), animate=False)

    def action_move(self, by: int) -> None:
        """Go to the next column."""
        self.at = (self.at + by) % len(self._columns)
        self._draw()

    def action_carry(self, by: int) -> None:
        """Move the column under the cursor."""
        to = self.at + by
        if 0 <= to < len(self._columns):
            self._columns.insert(to, self._columns.pop(self.at))
            self.at = to
            self._draw()

    def action_flip(self) -> None:
        """Show or hide the column under the cursor."""
        one = self._columns[self.at]
        self._columns[self.at] = replace(one, is_shown=not one.is_shown)
        self._draw()

    def action_sort(self) -> None:
        """Sort by the column under the cursor: up, down, not."""
        self._marks = self._turn(self._columns[self.at].title)
        self._draw()

    def action_take(self) -> None:
        """Accept what was chosen."""
        self.dismiss(tuple(self._columns))
