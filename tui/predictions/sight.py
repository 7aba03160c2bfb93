"""What a view shows: a picture, facts with their intervals, a table, and the rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from tui.texts.sanitiser import clean_lines
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

if TYPE_CHECKING:
    import polars as pl

    from tui.plot.decisions.confusion_grid import Grid

Paint = Callable[[int, int], Text]


@dataclass(frozen=True, eq=False)
class Sight:
    """A view of a cell; `paint` draws it in a width and a height, where there is a picture.

    `facts` are lines, the first of them the most needed. `columns` and `rows` are those of a table
    beside the picture, or with `of_texts` the view itself: then the last cell of each row is its
    text, and `texts` are the whole texts by the keys of rows, with what is marked in each. `grid`
    is a matrix that may be scrolled; `n_classes` counts the classes that may be seen against the
    rest. `why` says why there is nothing to be seen.
    """

    title: str
    facts: tuple[str, ...] = ()
    frame: pl.DataFrame | None = None
    paint: Paint | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    texts: dict[tuple[str, ...], MarkedText] = field(default_factory=dict)
    grid: Grid | None = None
    of_texts: bool = False
    n_classes: int = 0
    why: str = ""

    def values(self, row: Row) -> dict[str, object]:
        """What a filter finds in a row: its cells by their titles, numbers as such."""
        names = (column.title.replace(" ", "_") for column in self.columns)
        values = {name: _value(cell) for name, cell in zip(names, row.cells, strict=True)}
        own = self.texts.get(row.key)
        return values if own is None else {**values, "text": own.text}


def _value(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell


@dataclass(frozen=True)
class MarkedText:
    """A text as the model read it, the characters that its row marks, and what is told of it."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    told: str = ""

    @property
    def bracketed(self) -> str:
        """The text with brackets around what its row marks."""
        if not self.spans:
            return self.text
        from probing.datasets.marks.marked_text import bracketed

        return bracketed(self.text, list(self.spans))

    def around(self, most: int) -> str:
        """A part of the text of so many characters, what is marked in it, fit to be shown."""
        whole = self.bracketed
        start = self.spans[0][0] if self.spans else 0
        first = max(min(start - most // 4, len(whole) - most), 0)
        part = clean_lines(whole[first : first + most])
        return f"{'…' * (first > 0)}{part}{'…' * (first + most < len(whole))}"


def wrapped(lines: Sequence[str], width: int) -> list[str]:
    """Lines cut at spaces to a width."""
    import textwrap

    return [part for line in lines for part in textwrap.wrap(line, max(width, 8)) or [""]]
