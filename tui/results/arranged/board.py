"""The rows of a listing as a user arranged them: sorted, in the columns that were chosen."""

from __future__ import annotations

from collections.abc import Sequence

from tui.results.arranged import more_columns
from tui.results.arranged.arrangement import Arranged, Arrangement
from tui.results.rows import Line, ResultRows, SortsItself, as_rows, sorted_lines
from tui.results.verbs.shown_table import ShownTable
from tui.widgets.column_widths import Column

FIRST = 48  # lines


class Board:
    """The lines in order; all columns that the table may show, and the places of those shown."""

    def __init__(self, rows: ResultRows, arrangement: Arrangement) -> None:
        self.rows, self.arrangement = rows, arrangement
        offered = {column.title: column for column in more_offered(rows)}
        self.more = tuple(name for name in arrangement.more if name in offered)
        self.columns = (*rows.columns, *(offered[name] for name in self.more))
        self.places = arrangement.places(self.columns)
        self.lines = self._sorted()

    def _sorted(self) -> Sequence[Line]:
        titles = [column.title for column in self.rows.columns]
        lines = sorted_lines(self.rows.lines, None, False)
        for key in reversed(self.arrangement.sort):
            if key.title in titles:
                lines = sorted_lines(lines, titles.index(key.title), key.descending)
            elif key.title in self.more:
                lines = more_columns.sorted_by(lines, key.title, key.descending)  # type: ignore[arg-type]
        return lines

    def begun(self) -> Board:
        """Itself, once the lines that are seen first are made."""
        _ = self.lines[:FIRST]
        return self

    def titled(self) -> list[Column]:
        """The columns that are shown, with the arrows of the order."""
        return self.arrangement.titled(self.columns)

    def shown_rows(self, pinned: Sequence[tuple[str, ...]]) -> Arranged:
        """The rows of the table."""
        more = self._more if self.more else None
        return Arranged(as_rows(self.lines, pinned), self.places, more)

    def _more(self, at: int) -> tuple[str, ...]:
        return more_columns.texts(self.lines, at, self.more)  # type: ignore[arg-type]

    def table(self, title: str) -> ShownTable:
        """The table as it is shown, to be written."""
        shown = [self.columns[at] for at in self.places]
        values, texts = [], []
        for at, line in enumerate(self.lines):
            more = [more_columns.value(self.lines, at, name) for name in self.more]  # type: ignore[arg-type]
            whole = (*line.values, *more)
            told = (*line.texts, *(self._more(at) if self.more else ()))
            values.append(tuple(whole[place] for place in self.places))
            texts.append(tuple(told[place] for place in self.places))
        titles = tuple(column.title for column in shown)
        right = tuple(column.title for column in shown if column.right)
        return ShownTable(title, titles, texts, values, right)


def more_offered(rows: ResultRows) -> list[Column]:
    """The columns that these rows could show too."""
    return more_columns.offered(rows.lines) if isinstance(rows.lines, SortsItself) else []  # type: ignore[arg-type]
