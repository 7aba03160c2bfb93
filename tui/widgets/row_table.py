"""A table that draws only the visible rows: a million cost as much as fifty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.column_widths import Column, fitted_widths, sized, titled

GAP = 2


@dataclass(frozen=True)
class Row:
    """A row: its key, its cells, and the name of its look (see `RowTable`)."""

    key: tuple[str, ...]
    cells: tuple[str, ...]
    look: str = ""
    mark: str = " "


@runtime_checkable
class Looked(Protocol):
    """Rows that are made when they are looked at, so that they are not gone through."""

    def find(self, key: tuple[str, ...]) -> int | None:
        """The place of the row of that key; None where there is none."""
        ...

    def looked_at(self) -> Sequence[Row]:
        """Rows that the widths of columns go by."""
        ...


def _are_same(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    if isinstance(rows, Looked) or isinstance(others, Looked):
        return rows == others
    return list(rows) == list(others)


class RowTable(ScrollView, can_focus=True):
    """Rows under a header, one of them highlighted; texts are shown literally, without markup.

    The looks of rows are `good`, `bad`, `live`, `quiet` and none; a cell too wide is cut with `…`.
    """

    help_line = "A row is marked by ↑ ↓ j k, PgUp and PgDn; / filters, Enter opens."
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--cursor",
        "row-table--good",
        "row-table--bad",
        "row-table--live",
        "row-table--quiet",
        "row-table--mark",
    }
    DEFAULT_CSS = """
    RowTable {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        & > .row-table--header { color: $text-muted; text-style: bold; }
        & > .row-table--cursor { background: $surface-lighten-2; text-style: bold; }
        &:focus > .row-table--cursor { background: $primary; color: $text; text-style: bold; }
        & > .row-table--good { color: $text-success; }
        & > .row-table--bad { color: $text-error; }
        & > .row-table--live { color: $text-accent; }
        & > .row-table--quiet { text-style: dim; }
        & > .row-table--mark { color: $text-warning; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="table.up", show=False),
        Binding("down,j", "move(1)", "Down", id="table.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="table.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="table.page_down", show=False),
        Binding("home", "move(-10000000)", "First", id="table.first", show=False),
        Binding("end", "move(10000000)", "Last", id="table.last", show=False),
        Binding("enter", "choose", "Open", id="table.open", show=False),
    ]

    at: reactive[int] = reactive(0)
    empty: reactive[str] = reactive("")

    class Highlighted(Message):
        """Another row is highlighted; `row` is None where there are none."""

        def __init__(self, table: RowTable, row: Row | None) -> None:
            super().__init__()
            self.table, self.row = table, row

        @property
        def control(self) -> RowTable:
            """The table."""
            return self.table

    class Chosen(Highlighted):
        """Enter was pressed on a row."""

    class HeaderClicked(Message):
        """The header of a column was clicked."""

        def __init__(self, table: RowTable, column: int) -> None:
            super().__init__()
            self.table, self.column = table, column

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self.empty = empty
        self.columns: tuple[Column, ...] = ()
        self.rows: Sequence[Row] = ()
        self._widths: list[int] = []
        self._style = Style()
        self._awaited: tuple[tuple[str, ...], int] | None = None

    @property
    def row(self) -> Row | None:
        """The highlighted row."""
        return self.rows[self.at] if self.at < len(self.rows) else None

    def show(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show these rows; the highlight stays on the row of the same key."""
        if tuple(columns) == self.columns and _are_same(rows, self.rows):
            return
        before = self.row
        self.columns, self.rows = tuple(columns), rows
        self._fit()
        at = self._at_key(before.key) if before else None
        self.set_reactive(RowTable.at, min(self.at, max(len(rows) - 1, 0)) if at is None else at)
        self._into_sight()
        self.refresh()
        self._go_back()
        after = self.row
        if (before and before.key) != (after and after.key):
            self.post_message(self.Highlighted(self, after))

    def kept_state(self) -> dict[str, Any]:
        """The row that is highlighted, and how far it is from the top."""
        if self.row is None and self._awaited:
            return {"key": list(self._awaited[0]), "below": self._awaited[1]}
        below = self.at - round(self.scroll_target_y)
        return {"key": list(self.row.key), "below": below} if self.row else {}

    def take_state(self, kept: dict[str, Any]) -> None:
        """Highlight the row that was kept, once it is there; a key that moves leaves it."""
        key, below = kept.get("key"), kept.get("below")
        if isinstance(key, list) and all(isinstance(part, str) for part in key):
            self._awaited = tuple(key), below if isinstance(below, int) else 0
            self._go_back()

    def _go_back(self) -> None:
        if self._awaited and (at := self._at_key(self._awaited[0])) is not None:
            top = at - self._awaited[1]
            self._awaited = None
            self.at = at
            self.call_after_refresh(self.scroll_to, y=max(top, 0), animate=False, force=True)

    def highlight(self, key: tuple[str, ...]) -> bool:
        """Highlight the row of that key; False where there is none."""
        at = self._at_key(key)
        if at is not None:
            self.at = at
        return at is not None

    def _at_key(self, key: tuple[str, ...]) -> int | None:
        if isinstance(self.rows, Looked):
            return self.rows.find(key)
        return next((at for at, row in enumerate(self.rows) if row.key == key), None)

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        rows = self.rows
        looked_at = rows.looked_at() if isinstance(rows, Looked) else rows
        self._widths = fitted_widths(self.columns, looked_at, width - GAP, GAP)
        self.virtual_size = Size(width, len(self.rows) + 1)

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self._fit()
        self._into_sight()
        self.refresh()

    def watch_at(self) -> None:
        """Show the highlighted row and tell."""
        self._into_sight()
        self.refresh()
        self.post_message(self.Highlighted(self, self.row))

    def _into_sight(self) -> None:
        """Keep the highlighted row between the header and the last line."""
        room = max(self.size.height - 1, 1)
        top = round(self.scroll_target_y)
        wanted = min(max(top, self.at - room + 1), self.at)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def action_move(self, by: int) -> None:
        """Move the highlight by so many rows."""
        self._awaited = None
        self.at = min(max(self.at + by, 0), max(len(self.rows) - 1, 0))

    def action_page(self, direction: int) -> None:
        """Move the highlight by a page."""
        self.action_move(direction * max(self.size.height - 2, 1))

    def action_choose(self) -> None:
        """Enter."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def on_click(self, event: events.Click) -> None:
        """Highlight the row under the mouse, or tell which header it is."""
        if event.y == 0:
            self.post_message(self.HeaderClicked(self, self._column_at(event.x)))
        elif (at := event.y - 1 + round(self.scroll_y)) < len(self.rows):
            self.at = at

    def _column_at(self, x: int) -> int:
        end = GAP
        for at, width in enumerate(self._widths):
            end += width + GAP if width else 0
            if x < end:
                return at
        return max(len(self._widths) - 1, 0)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines in the style of the table, which is found once for them."""
        self._style = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line: the header, or the row that scrolling brings there."""
        width = self.scrollable_content_region.width
        if y == 0:
            both = zip(self.columns, self._widths, strict=False)
            cells = tuple(titled(column, width) if width else "" for column, width in both)
            return self._strip(" ", cells, self.get_component_rich_style("row-table--header"))
        at = y - 1 + round(self.scroll_y)
        if at >= len(self.rows):
            told = [] if self.rows else self.empty.split("\n")
            text = told[y - 1] if y <= len(told) else ""
            return Strip([Segment(set_cell_size(text, width), self._style)], width)
        row, style = self.rows[at], self._style
        if row.look:
            style += self.get_component_rich_style(f"row-table--{row.look}", partial=True)
        if at == self.at:
            style += self.get_component_rich_style("row-table--cursor", partial=True)
        return self._strip(row.mark, row.cells, style)

    def _strip(self, mark: str, cells: Sequence[str], style: Style) -> Strip:
        marked = style + self.get_component_rich_style("row-table--mark", partial=True)
        segments = [Segment(set_cell_size(mark, 1), marked), Segment(" ", style)]
        for column, width, text in zip(self.columns, self._widths, cells, strict=False):
            if width:
                segments.append(Segment(sized(text, width, column) + " " * GAP, style))
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, style)
