"""The filter of a table: `/` opens it, Enter keeps it, Esc clears it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.texts.sanitiser import clean


class FilterInput(Input):
    """The input of the filter: letters, digits and space are only text here, not keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Clear the filter", id="filter.drop"),
    ]

    class Left(Message):
        """Esc or Enter was pressed."""

    def action_drop(self) -> None:
        """Clear the filter and leave it."""
        self.value = ""
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        """Keep the filter and leave it."""
        self.post_message(self.Left())


class FilterLine(Horizontal):
    """One line with the filter; hidden while there is none."""

    DEFAULT_CSS = """
    FilterLine {
        height: 1; display: none; padding: 0 1;
        &.-shown { display: block; }
        & > .slash { width: 2; color: $text-accent; text-style: bold; }
        & > FilterInput {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface;
            &:focus { border: none; background: $surface-lighten-1; }
        }
        & > .problem { width: auto; max-width: 60%; color: $text-error; padding-left: 1; }
    }
    """

    class Changed(Message):
        """The filter changed."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Left(Message):
        """The user left the filter: the table gets the focus."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The slash, the filter, and its error."""
        yield Static("/", classes="slash")
        field = FilterInput(placeholder=self._placeholder, compact=True)
        field.can_focus = False
        yield field
        yield Static("", classes="problem", markup=False)

    @property
    def text(self) -> str:
        """The filter, empty where there is none."""
        return self.query_one(FilterInput).value.strip()

    def enter(self) -> None:
        """Show the line and take the focus."""
        self.add_class("-shown")
        field = self.query_one(FilterInput)
        field.can_focus = True
        field.focus()

    def fill(self, query: str) -> None:
        """Set or clear the filter without posting `Changed`."""
        with self.prevent(Input.Changed):
            self.query_one(FilterInput).value = query
        self.tell("")
        self._close()

    def drop(self) -> None:
        """Empty the filter, and tell of the change."""
        self.query_one(FilterInput).value = ""
        self.query_one(FilterInput).can_focus = False
        self.remove_class("-shown")

    def _close(self) -> None:
        """A hidden field must not take the focus."""
        self.query_one(FilterInput).can_focus = False
        self.set_class(bool(self.text), "-shown")

    def tell(self, problem: str) -> None:
        """Show the error of the filter; empty if there is none."""
        self.query_one(".problem", Static).update(clean(problem))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post the change."""
        event.stop()
        self.post_message(self.Changed(self.text))

    def on_filter_input_left(self, event: FilterInput.Left) -> None:
        """Hide the line if it is empty, and post `Left`."""
        event.stop()
        self._close()
        self.post_message(self.Left())
