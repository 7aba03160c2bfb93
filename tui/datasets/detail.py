"""One dataset: its facts, its texts, or how a model cuts them into tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.datasets.contents import Contents, TextRow
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_table import Row, RowTable

View = Literal["facts", "texts", "tokens"]
VIEWS: tuple[View, ...] = ("facts", "texts", "tokens")
LONGEST_LINE = 400
NO_TEXT = "No text matches the filter. Press / to change it; Esc clears it."


class DatasetDetail(Vertical):
    """Shows one of three views; the border names them all and marks the one shown."""

    DEFAULT_CSS = """
    DatasetDetail {
        height: 1fr; width: 1fr;
        & > .side { display: none; height: 1fr; }
        & > #views { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #facts, & > #tokens { padding: 0 1; scrollbar-size-vertical: 1; }
        & .lines { height: auto; }
        &.-facts > #facts, &.-texts > #texts, &.-tokens > #tokens { display: block; }
    }
    """

    view: View = "facts"

    def compose(self) -> ComposeResult:
        """The names of the three views, and the views."""
        yield Static("", id="views", markup=False)
        with VerticalScroll(id="facts", classes="side", can_focus=False):
            yield Static("", classes="lines", markup=False)
        with Vertical(id="texts", classes="side"):
            yield FilterLine("word, label=1, length>200, group= …")
            yield RowTable(id="texts-table", empty="reading …")
        with VerticalScroll(id="tokens", classes="side", can_focus=False):
            yield Static("", classes="lines", markup=False)

    def on_mount(self) -> None:
        """Begin with the facts."""
        self.turn(self.view)

    @property
    def table(self) -> RowTable:
        """The texts."""
        return self.query_one("#texts-table", RowTable)

    @property
    def filter(self) -> FilterLine:
        """The filter of the texts."""
        return self.query_one(FilterLine)

    @property
    def side(self) -> Widget:
        """What shows the view."""
        return self.query_one(f"#{self.view}")

    def let_be_read(self, is_read: bool) -> None:
        """Have facts and tokens take the focus, or not."""
        for one in self.query("#facts, #tokens"):
            one.can_focus = is_read

    def turn(self, view: View) -> None:
        """Show another view."""
        self.view = view
        for one in VIEWS:
            self.set_class(one == view, f"-{one}")
        self.tell("")

    def tell(self, said: str) -> None:
        """Say something of what the view shows, beside the names of the views."""
        line = Text(no_wrap=True, overflow="ellipsis")
        for one in VIEWS:
            shown = f"[{one}]" if one == self.view else f" {one} "
            line.append(shown, style="reverse bold" if one == self.view else "dim")
        self.query_one("#views", Static).update(line.append(f"  {clean(said)}"))

    def scroll_by(self, lines: int) -> None:
        """Scroll what is read."""
        if self.view != "texts":
            self.side.scroll_relative(y=lines, animate=False)

    def show_facts(self, text: Text, *, from_top: bool) -> None:
        """Show the facts of a dataset; from the first line if it is another one."""
        self.query_one("#facts .lines", Static).update(text)
        if from_top:
            self.query_one("#facts").scroll_home(animate=False)

    def show_tokens(self, text: Text) -> None:
        """Show texts cut into tokens."""
        self.query_one("#tokens .lines", Static).update(text)

    def show_texts(self, contents: Contents | None, rows: Sequence[TextRow], empty: str) -> None:
        """List texts with their labels; `empty` says why there are none."""
        self.table.empty = empty
        if contents is None:
            self.table.show((), ())
            return
        columns = [Column("row", 4, right=True, rank=2), Column("label", 5)]
        columns += [Column("group", 5, rank=3)] * contents.has_groups
        columns += [Column("split", 5, rank=1)] * contents.has_parts
        columns.append(Column("text", 20))
        self.table.show(tuple(columns), [_row(contents, row) for row in rows])

    def told_rows(self, contents: Contents, rows: Sequence[TextRow]) -> str:
        """How many texts are listed, of how many."""
        whole = counted(len(contents.data), "row")
        if len(rows) < len(contents.rows):
            return f"{len(rows):,} of {whole}"
        return whole if len(rows) == len(contents.data) else f"the first {len(rows):,} of {whole}"


def _row(contents: Contents, row: TextRow) -> Row:
    cells = [str(row.at), clean(row.label, 24)]
    cells += [clean(row.group, 24)] * contents.has_groups
    cells += [row.part] * contents.has_parts
    cells.append(clean(row.text[:LONGEST_LINE]))
    return Row((str(row.at),), tuple(cells))
