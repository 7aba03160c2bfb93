"""`p`: the cells that are shown, grouped in rows and columns."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, ScrollableContainer, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from probing.errors import ProbingError
from tui.dialogs.file_target import FileTarget
from tui.dialogs.text_view import COPIED
from tui.processes.background import in_background
from tui.results.pivot import VALUES, PivotWish, first_wish, of_choices, parts_in, pivoted
from tui.texts.characters import with_arrows
from tui.texts.sanitiser import clean
from tui.texts.tables.markup_tables import MARKUP
from tui.texts.tables.table_files import write_frame, write_markup
from tui.texts.tables.text_table import TextTable
from tui.widgets.choice import Choice

if TYPE_CHECKING:
    import polars as pl

NONE = "-"
AROUND, LEAST_LINES = 16, 5
OF_TEXTS = {".md": "markdown", ".tex": "latex"}
FIELDS = ("rows", "then", "columns", "value")


class PivotScreen(ModalScreen[PivotWish]):
    """The pivot of a frame, made anew whenever a field changes; the result is the last wish."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="pivot.leave"),
        Binding("y", "copy", "Copy as Markdown", id="pivot.copy"),
        Binding("w", "write", "Write to a file", id="pivot.write"),
    ]

    def __init__(self, frame: pl.DataFrame, metric: str, before: PivotWish | None = None) -> None:
        super().__init__()
        self.wish = before or first_wish(frame)
        self._frame, self._metric = frame, metric
        self.table: TextTable | None = None

    def compose(self) -> ComposeResult:
        """The fields, the table, what it shows, and the keys."""
        wish, known = self.wish, parts_in(self._frame) or ["classifier"]
        second = wish.rows[1] if len(wish.rows) > 1 else NONE
        chosen = (wish.rows[0], second, wish.column, wish.value)
        offered = (known, [NONE, *known], known, list(VALUES))
        with Vertical(classes="dialog pivot"):
            yield Static(markup=False, classes="title")
            with Horizontal(classes="choices"):
                for name, values, value in zip(FIELDS, offered, chosen, strict=True):
                    yield Static(f"{name} ", classes="label")
                    yield Choice(values, value, id=f"pivot-{name}")
            with ScrollableContainer(classes="table"):
                yield Static(markup=False, classes="cells")
            yield Static(markup=False, classes="note")
            keys = "Tab fields, table   ← → change   y copy   w write   Esc close"
            yield Static(with_arrows(keys), markup=False, classes="keys")

    def on_mount(self) -> None:
        """Make the first table."""
        self._make()

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the lines around the table."""
        table = self.query_one(".table")
        table.styles.max_height = max(event.size.height - AROUND, LEAST_LINES)

    @on(Choice.Changed)
    def _make(self) -> None:
        values = (self.query_one(f"#pivot-{name}", Choice).value for name in FIELDS)
        self.wish = of_choices(*values)
        make = partial(pivoted, self._frame, self._metric, self.wish)
        # the next key waits for the table; so the app asks for it, which outlives this screen
        in_background(self.app, make, self._show, keys_wait=True)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(self.wish)

    def _show(self, value: TextTable | ProbingError) -> None:
        if not self.is_mounted:
            return
        if isinstance(value, ProbingError):
            self.query_one(".note", Static).update(clean(value))
            return
        self.table = value
        self.query_one(".title", Static).update(clean(value.title))
        lines = list(value.lines(False, "─"))
        end = len(lines) - 1 - len(value.caption.splitlines())
        cells = Text("\n".join(clean(line) for line in lines[2:end]), no_wrap=True)
        cells.stylize("bold", 0, cells.plain.find("\n"))
        self.query_one(".cells", Static).update(cells)
        self.query_one(".note", Static).update(value.caption)

    def action_copy(self) -> None:
        """Copy the table as Markdown."""
        if self.table is not None:
            self.app.copy_to_clipboard(MARKUP["markdown"](self.table))
            self.notify(f"{COPIED}; w writes it to a file", timeout=4)

    def action_write(self) -> None:
        """Write the table to a file."""
        if self.table is not None:
            endings = (".csv", *OF_TEXTS)
            title = f"Write the pivot to ({', '.join(endings)})"
            FileTarget(self, title, "pivot.csv", partial(write, self.table), endings).ask()


def write(table: TextTable, path: Path) -> None:
    """Write a table by the ending of its file."""
    import polars as pl

    ending = path.suffix.lower()
    if ending in OF_TEXTS:
        write_markup(table, OF_TEXTS[ending], path)
    else:
        write_frame(pl.DataFrame(table.columns), "csv", path)
