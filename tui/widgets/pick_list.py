"""A list of entries to pick, by keys or by mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList

from tui.texts.sanitiser import clean

LONGEST_NAME = 32
LEAST_NAME = 12


@dataclass(frozen=True)
class PickRow:
    """One line of the list."""

    name: str
    facts: str
    is_picked: bool

    def text(self, name_width: int) -> Text:
        """The line, its name cut or filled to `name_width` columns."""
        mark = "[x] " if self.is_picked else "[ ] "
        line = Text(mark, no_wrap=True, overflow="ellipsis")
        line.append(clean(self.name, name_width).ljust(name_width), style="bold")
        return line.append(f"  {self.facts}")


class PickList(OptionList):
    """An option list that posts what a key asks for; the picker acts on it."""

    BINDING_GROUP_TITLE = "In a list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "ask('toggle')", "Pick", id="pick.toggle", tooltip="Pick or unpick"),
        Binding(
            "slash",
            "ask('filter')",
            "Filter",
            id="pick.filter",
            key_display="/",
            tooltip="Filter the list",
        ),
        Binding("a", "ask('add')", "Add", id="pick.add", tooltip="Type an entry to add"),
        Binding("e", "ask('edit')", "Edit", id="pick.edit", tooltip="Edit its options"),
        Binding("enter", "ask('edit')", "Edit its options", id="pick.enter", show=False),
        Binding("escape", "ask('drop')", "Clear the filter", id="pick.drop", show=False),
        Binding("J", "ask('down')", "Scroll its details down", id="pick.detail_down", show=False),
        Binding("K", "ask('up')", "Scroll its details up", id="pick.detail_up", show=False),
        Binding("j", "cursor_down", "Down", id="pick.down", show=False),
        Binding("k", "cursor_up", "Up", id="pick.up", show=False),
        Binding("g", "first", "First", id="pick.first", show=False),
        Binding("G", "last", "Last", id="pick.last", show=False),
    ]

    class Asked(Message):
        """A key asked the picker for something: toggle, filter, add or edit."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self._filled: tuple[int, list[PickRow]] | None = None

    @property
    def n_above(self) -> int:
        """How many rows of the screen lie above the cursor."""
        return max((self.highlighted or 0) - round(self.scroll_target_y), 0)

    def fill(self, rows: Sequence[PickRow], at: int | None, n_above: int | None = None) -> None:
        """Show `rows`, with the cursor on row `at` or where it was, and rows above it as before."""
        at = (self.highlighted or 0) if at is None else at
        above = self.n_above if n_above is None else n_above
        width = self._name_width(rows)
        filled = width, [*rows]
        with self.prevent(OptionList.OptionHighlighted):
            if filled != self._filled:
                self.set_options([row.text(width) for row in rows])
                self._filled = filled
            self.highlighted = min(at, len(rows) - 1) if rows else None
        # once the list has its height again, and has scrolled to its cursor
        self.call_after_refresh(self._scroll_back, above)

    def _scroll_back(self, n_above: int) -> None:
        if self.highlighted is not None and n_above < max(self.size.height, 1):
            self.scroll_to(y=max(self.highlighted - n_above, 0), animate=False)

    def _name_width(self, rows: Sequence[PickRow]) -> int:
        """As long as the longest name, if the facts beside it have room too."""
        names = max((len(row.name) for row in rows), default=0)
        facts = max((len(row.facts) for row in rows), default=0)
        room = self.scrollable_content_region.width or LONGEST_NAME
        return min(names, LONGEST_NAME, max(LEAST_NAME, room - len("[x]   ") - facts))

    def action_ask(self, what: str) -> None:
        """Tell the picker."""
        self.post_message(self.Asked(what))
