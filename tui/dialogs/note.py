"""A note of several lines: Ctrl+S keeps it, Esc leaves it as it was."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.texts.sanitiser import clean


class NoteScreen(ModalScreen[str | None]):
    """Edits a text; the result is the text, None if it stays as it was."""

    DEFAULT_CSS = """
    NoteScreen > .dialog { height: 60%; min-height: 10; }
    NoteScreen TextArea { height: 1fr; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", id="note.keep", priority=True),
        Binding("escape", "dismiss(None)", "Cancel", id="note.leave", priority=True),
    ]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The text and the keys."""
        with Vertical(classes="dialog"):
            yield Static(clean(self._title), markup=False, classes="title")
            yield TextArea(self._text, soft_wrap=True)
            yield Static("Ctrl+S keep   Esc cancel", markup=False, classes="keys")

    def action_keep(self) -> None:
        """Return the text."""
        self.dismiss(self.query_one(TextArea).text)
