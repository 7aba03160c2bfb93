"""Print what a view draws, and the table beside it."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from tui.console import output
from tui.plot.decisions.confusion_grid import draw_grid
from tui.predictions.sight import Sight
from tui.texts.tables.text_table import TextTable

MOST_CLASSES = 40
WIDEST = 120


def print_picture(sight: Sight, height: int) -> None:
    """Print the picture in the width of the terminal, then the table that stands beside it."""
    width = min(output.width(), WIDEST)
    if sight.grid is not None:
        n = min(len(sight.grid.names), MOST_CLASSES)
        _print_text(draw_grid(sight.grid, width, max(n + 2, 8)), width)
    elif sight.paint is not None:
        _print_text(sight.paint(width, height), width)
    if sight.rows and not sight.of_texts:
        print()
        output.write_table(_table(sight))


def _table(sight: Sight) -> TextTable:
    table = TextTable()
    for at, column in enumerate(sight.columns):
        cells = [row.cells[at] for row in sight.rows[:MOST_CLASSES]]
        table.add_column(column.title, cells, column.right)
    return table


def _print_text(text: Text, width: int) -> None:
    """Print styled text, in colours where there are some."""
    has_colour = output.has_colour()
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=has_colour,
        color_system="256" if has_colour else None,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(text, no_wrap=True, crop=False, markup=False, highlight=False)
    print(captured.get().rstrip("\n"))
