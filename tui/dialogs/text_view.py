"""A text to read, to copy and to write to a file."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.dialogs.file_target import FileTarget
from tui.texts.characters import with_arrows
from tui.texts.sanitiser import clean
from tui.texts.tables.table_files import write_text

AROUND = 9
EDGES = 5
MOST_COLUMNS = 160
COPIED = "copied, if the terminal allows it"


class TextView(ModalScreen[None]):
    """Shows `text` under `title`; `file` is the name suggested for a file of it.

    What is shown is harmless; what is copied and written is the text as it is, or `copied`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="text.copy"),
        Binding("w", "write", "Write to a file", id="text.write"),
        Binding("escape,q,enter", "dismiss(None)", "Close", id="text.leave"),
        Binding("j", "scroll(1)", "Down", id="text.down", show=False),
        Binding("k", "scroll(-1)", "Up", id="text.up", show=False),
        Binding("g", "scroll(-1000000)", "Top", id="text.top", show=False),
        Binding("G", "scroll(1000000)", "Bottom", id="text.bottom", show=False),
    ]

    def __init__(
        self,
        title: str,
        text: str | Text,
        file: str,
        *,
        note: str = "",
        copied: str | None = None,
        is_wide: bool = False,
    ) -> None:
        super().__init__()
        self._look = "dialog text -full" if is_wide else "dialog text"
        self._title, self._shown, self._file, self._note = title, text, file, note
        self._text = copied if copied is not None else str(text)

    def compose(self) -> ComposeResult:
        """The text, a note, and the keys."""
        with Vertical(classes=self._look):
            yield Static(clean(self._title), markup=False, classes="title")
            with VerticalScroll():
                yield Static(_harmless(self._shown), markup=False)
            yield Static(self._note, markup=False, classes="note")
            keys = with_arrows("y copy   w write to a file   ↑ ↓ scroll   Esc close")
            yield Static(keys, classes="keys")

    def on_mount(self) -> None:
        """Hide the note where there is none."""
        self.query_one(".note").display = bool(self._note)

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the lines around the text."""
        self.query_one(VerticalScroll).styles.max_height = max(event.size.height - AROUND, 3)

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False, immediate=True)

    def action_copy(self) -> None:
        """Copy the text."""
        self.app.copy_to_clipboard(self._text)
        self.query_one(".note").display = True
        self.query_one(".note", Static).update(f"{COPIED}; w writes it to a file")

    def action_write(self) -> None:
        """Write the text to a file."""
        title = f"Write to a file: {clean(self._title)}"
        FileTarget(self, title, self._file, partial(write_text, self._text)).ask()


def room_in(app: App[Any]) -> tuple[int, int]:
    """The columns and lines that a wide view has for its text."""
    width = min(int(app.size.width * 0.96), MOST_COLUMNS) - EDGES
    return width, app.size.height - AROUND


def _harmless(text: str | Text) -> Text:
    if isinstance(text, Text):
        return text
    return Text("\n".join(clean(line) for line in text.splitlines()))
