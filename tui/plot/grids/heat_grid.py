"""A heatmap as a widget, with a cursor that reads its cells."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.plot.grids.heat import STEPS, WIDTHS, Heat
from tui.texts.sanitiser import clean

# the two ends of ColorBrewer's RdBu, which every colour vision tells apart
_HIGH, _LOW = Color(202, 62, 54), Color(45, 112, 190)
_BEFORE = 1  # column between the names of rows and the cells


class HeatGrid(Widget, can_focus=True):
    """Draws a `Heat`: its rows under a line of names, as much as there is room for.

    Cells are as wide as lets all of them be seen, unless a user chose another width.
    """

    BINDING_GROUP_TITLE = "In the heatmap"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"heat-grid--name", "heat-grid--cursor"}
    DEFAULT_CSS = """
    HeatGrid {
        height: 1fr; width: 1fr; padding: 0 1;
        & > .heat-grid--name { color: $text-muted; }
        & > .heat-grid--cursor { color: $text; text-style: bold reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(0,-1)", "Left", id="heat.left", show=False),
        Binding("right,l", "move(0,1)", "Right", id="heat.right", show=False),
        Binding("up,k", "move(-1,0)", "Up", id="heat.up", show=False),
        Binding("down,j", "move(1,0)", "Down", id="heat.down", show=False),
        Binding("home", "move(0,-100000)", "First column", id="heat.home", show=False),
        Binding("end", "move(0,100000)", "Last column", id="heat.end", show=False),
        Binding("pageup", "move(-10,0)", "Ten rows up", id="heat.pageup", show=False),
        Binding("pagedown", "move(10,0)", "Ten rows down", id="heat.pagedown", show=False),
        Binding("plus,equals_sign", "widen(1)", "Wider cells", id="heat.wider", show=False),
        Binding("minus", "widen(-1)", "Narrower cells", id="heat.narrower", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another cell."""

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self.heat, self.empty = Heat(), empty
        self.row = self.column = 0
        self.top = self.left = 0
        self._chosen = ""
        self._styles: dict[tuple[int, Color], Style] = {}

    @property
    def how(self) -> str:
        """How wide cells are."""
        if self._chosen:
            return self._chosen
        room = self._room
        return next((one for one in reversed(WIDTHS) if self.heat.fits(one, room)), WIDTHS[0])

    @property
    def _names(self) -> int:
        return max(map(len, self.heat.rows), default=0) + _BEFORE

    @property
    def _room(self) -> int:
        return max(self.content_size.width - self._names, 1)

    def show(self, heat: Heat, empty: str = "") -> None:
        """Draw it; the cursor stays where it was, as far as it can."""
        self.heat, self.empty = heat, empty
        self._stay()

    def move_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell."""
        self.row, self.column = row, column
        self._stay()
        self.post_message(self.Moved())

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor."""
        self.move_to(self.row + down, self.column + right)

    def action_widen(self, by: int) -> None:
        """Make cells wider or narrower."""
        at = WIDTHS.index(self.how) + by
        self._chosen = WIDTHS[min(max(at, 0), len(WIDTHS) - 1)]
        self._stay()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._stay()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse."""
        place = event.get_content_offset(self)
        if place is None or place.y < 1 or not self.heat.rows:
            return
        x = self._names
        for at, width in self._seen():
            x += width
            if place.x < x:
                self.move_to(self.top + place.y - 1, at)
                return

    def _stay(self) -> None:
        """Keep the cursor on a cell, and that in sight."""
        heat = self.heat
        self.row = min(max(self.row, 0), max(len(heat.rows) - 1, 0))
        self.column = min(max(self.column, 0), max(len(heat.columns) - 1, 0))
        height = max(self.content_size.height - 1, 1)
        least, most = max(self.row - height + 1, 0), max(len(heat.rows) - height, 0)
        self.top = min(max(self.top, least), self.row, most)
        self.left = min(self.left, max(self.column, heat.apart))
        while self.column >= heat.apart and not self._is_seen(self.column):
            self.left += 1
        # use the room that is left at the end
        while self.left > heat.apart and self._all_seen_from(self.left - 1):
            self.left -= 1
        self.refresh()

    def _is_seen(self, column: int) -> bool:
        return self.left >= column or any(at == column for at, _ in self._seen())

    def _all_seen_from(self, left: int) -> bool:
        before, self.left = self.left, left
        seen = [at for at, _ in self._seen()]
        self.left = before
        return bool(seen) and seen[-1] == len(self.heat.columns) - 1

    def _seen(self) -> list[tuple[int, int]]:
        """The columns that have room, with their widths: those apart, and those from `left`."""
        heat, room = self.heat, self._room
        widths = heat.widths(self.how, room)
        found = list[tuple[int, int]]()
        first = max(self.left, heat.apart)
        for at in [*range(heat.apart), *range(first, len(heat.columns))]:
            room -= widths[at]
            if room < 0:
                break
            found.append((at, widths[at]))
        return found

    @property
    def told_range(self) -> str:
        """Which columns are in sight; empty where all are."""
        seen = [at for at, _ in self._seen() if at >= self.heat.apart]
        n = len(self.heat.columns) - self.heat.apart
        if not seen or len(seen) == n:
            return ""
        first, last = seen[0] - self.heat.apart + 1, seen[-1] - self.heat.apart + 1
        return f"{first}–{last} of {n}"

    def render_line(self, y: int) -> Strip:
        """The names of the columns, or a row."""
        width, style = self.content_size.width, self.rich_style
        row = self.top + y - 1
        if not self.heat.rows:
            text = clean(self.empty, width) if y == 0 else ""
            return Strip([Segment(text, style)]).adjust_cell_length(width, style)
        if y and row >= len(self.heat.rows):
            return Strip.blank(width, style)
        segments = self._header() if y == 0 else self._row(row)
        return Strip(segments).adjust_cell_length(width, style)

    def _header(self) -> list[Segment]:
        quiet = self.get_component_rich_style("heat-grid--name")
        cursor = self.get_component_rich_style("heat-grid--cursor")
        segments = [Segment(" " * self._names, quiet)]
        for at, width in self._seen():
            name = self.heat.name(at, self.how, width)
            segments.append(Segment(name, cursor if at == self.column else quiet))
        return segments

    def _row(self, row: int) -> list[Segment]:
        quiet = self.get_component_rich_style("heat-grid--name")
        cursor = self.get_component_rich_style("heat-grid--cursor")
        is_on, how = row == self.row, self.how
        plain, base = self.rich_style, self.background_colors[1]
        name = f"{self.heat.rows[row]:>{self._names - _BEFORE}}"
        segments = [Segment(name, cursor if is_on else quiet), Segment(" " * _BEFORE, quiet)]
        for at, width in self._seen():
            text, style = self.heat.cell(row, at, how, width), self._style(row, at, plain, base)
            if is_on and at == self.column:
                style = style + Style(bold=True, reverse=True)
            segments.append(Segment(text, style))
        return segments

    def _style(self, row: int, at: int, plain: Style, base: Color) -> Style:
        """The colour of a cell: from that of the background to one of the two ends."""
        step = self.heat.step(row, at)
        if not step:
            return plain
        if (step, base) not in self._styles:
            colour = base.blend(_HIGH if step > 0 else _LOW, 0.15 + 0.85 * abs(step) / STEPS)
            ink = colour.get_contrast_text(1.0)
            self._styles[step, base] = Style(color=ink.rich_color, bgcolor=colour.rich_color)
        return self._styles[step, base]
