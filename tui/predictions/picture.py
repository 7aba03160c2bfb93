"""The picture of a view as a widget: drawn in its own size, again only if that or it changes."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual.widget import Widget

from tui.plot.decisions.confusion_grid import Grid, around, draw_grid, seen
from tui.predictions.sight import Sight

SHOWS = ("both", "counts", "shares")


class Picture(Widget):
    """Draws a sight; of a matrix the part around the row that is read."""

    DEFAULT_CSS = """
    Picture { height: 1fr; width: 1fr; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sight: Sight | None = None
        self.grid: Grid | None = None
        self._drawn: tuple[object, Text] | None = None

    def show(self, sight: Sight | None) -> None:
        """Draw this; a matrix keeps its place where it has as many classes as the one before."""
        before, self.sight = self.grid, sight
        self.grid = sight.grid if sight else None
        if self.grid and before and len(before.names) == len(self.grid.names):
            kept = {"row": before.row, "first": before.first, "shows": before.shows}
            self.grid = replace(self.grid, **kept)  # type: ignore[arg-type]
        self.refresh(layout=True)

    def read_row(self, row: int) -> None:
        """Bring a row of the matrix into sight."""
        if self.grid and self.grid.row != row:
            self.grid = around(self.grid, row, self.content_size.width)
            self.refresh()

    def turn(self, by: int) -> None:
        """Show columns further to the right or to the left."""
        if self.grid:
            top, left = self.grid.first
            step = max(self.grid.n_columns(self.content_size.width) - 1, 1)
            left = min(max(left + by * step, 0), len(self.grid.names) - 1)
            self.grid = replace(self.grid, first=(top, left))
            self.refresh()

    def next_shown(self) -> None:
        """Counts and shares, counts, or shares."""
        if self.grid:
            at = SHOWS.index(self.grid.shows)
            self.grid = replace(self.grid, shows=SHOWS[(at + 1) % len(SHOWS)])
            self.refresh()

    def render(self) -> Text:
        """The picture, or why there is none."""
        sight, size = self.sight, (self.content_size.width, self.content_size.height)
        if sight is None:
            return Text("")
        wanted = sight, self.grid, size
        if self._drawn is None or self._drawn[0] != wanted:
            self._drawn = wanted, self._text(sight, *size)
        return self._drawn[1]

    def _text(self, sight: Sight, width: int, height: int) -> Text:
        if self.grid is not None:
            self.grid = replace(self.grid, first=seen(self.grid, width, height))
            return draw_grid(self.grid, width, height)
        if sight.paint is not None:
            return sight.paint(width, height)
        return Text("")
