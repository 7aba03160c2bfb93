"""A grid of scores as a widget: its cursor reads off a cell, and says which series it is of."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from tui.plot import charset
from tui.plot.grids.grid_text import draw_grid, height_of, reading, wrapped
from tui.plot.pictures.picture import Grid, Picture

Key = tuple[str, ...]
READ_LINES = 3


class GridView(Widget, can_focus=True):
    """Draws a grid in its own size; up is a deeper layer, as the rows stand."""

    DEFAULT_CSS = """
    GridView { height: 1fr; width: 1fr; padding: 0 1; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(0,-1)", "Left", show=False),
        Binding("right,l", "move(0,1)", "Right", show=False),
        Binding("up,k", "move(-1,0)", "Up", show=False),
        Binding("down,j", "move(1,0)", "Down", show=False),
        Binding("home", "move(0,-1000000)", "First column", show=False),
        Binding("end", "move(0,1000000)", "Last column", show=False),
    ]

    class Pointed(Message):
        """The cursor is on the cell of a series, at a layer where it has one."""

        def __init__(self, key: Key, layer: int | None) -> None:
            super().__init__()
            self.key, self.layer = key, layer

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.grid: Grid | None = None
        self.metric = ""
        self.at = (0, 0)

    @property
    def picture(self) -> Picture | None:
        """What is drawn, for a file."""
        return None if self.grid is None else Picture(self.metric, (), self.grid)

    def show(self, grid: Grid | None, metric: str, key: Key | None, layer: int | None) -> None:
        """Draw a grid, the cursor on the cell of a series and a layer, or else where it was."""
        self.grid, self.metric = grid, metric
        if grid is not None and grid.rows and grid.columns:
            row = min(self.at[0], len(grid.rows) - 1)
            column = min(self.at[1], len(grid.columns) - 1)
            self.at = self._place(grid, key, layer) or (row, column)
        self.refresh(layout=True)

    def _place(self, grid: Grid, key: Key | None, layer: int | None) -> tuple[int, int] | None:
        """The cell of a series: at the layer, else in the row of the cursor, else any."""
        own = [
            (row, column)
            for row, keys in enumerate(grid.keys)
            for column, one in enumerate(keys)
            if one == key
        ]
        named = [at for at in own if layer is not None and grid.rows[at[0]] == str(layer)]
        beside = [at for at in own if at[0] == self.at[0]]
        return next(iter((*(named if grid.rows_by == "layer" else ()), *beside, *own)), None)

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor by some cells as they stand on the screen."""
        grid = self.grid
        if grid is None or not grid.rows or not grid.columns:
            return
        down = -down if grid.rows_by == "layer" else down
        row = min(max(self.at[0] + down, 0), len(grid.rows) - 1)
        column = min(max(self.at[1] + right, 0), len(grid.columns) - 1)
        self.at = row, column
        self.refresh()
        key, point = grid.keys[row][column], grid.points[row][column]
        if key is not None:
            self.post_message(self.Pointed(key, point.layer if point else None))

    def render(self) -> Text:
        """The grid, and what its cursor reads."""
        grid = self.grid
        if grid is None or not grid.known:
            return Text("no such grid around this series: press w for another", style="dim")
        width, height = self.content_size.width, self.content_size.height
        read = wrapped(reading(grid, self.at, self.metric), width, " · ")[:READ_LINES]
        read = list(map(charset.as_ascii, read)) if charset.is_ascii() else read
        colour = not self.app.no_color
        room = height - len(read)
        lines = draw_grid(grid, self.metric, width, room, colour=colour, cursor=self.at)
        drawn = Text.from_ansi("\n".join([*lines, *read]), no_wrap=True)
        drawn.stylize("bold", 0, len(lines[0]))
        return drawn

    def least_height(self, width: int) -> int:
        """The lines that the whole grid takes in so many columns, with what its cursor reads."""
        if self.grid is None or not self.grid.known:
            return 1
        return height_of(self.grid, self.metric, width) + READ_LINES
