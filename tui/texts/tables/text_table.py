"""A printed table: aligned columns under a header with a line below it.

Rich lays out 2,000 rows a second; results have a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size

LEAST_COLUMN = 6
GAP = "  "
_BOLD, _ITALIC, _DIM, _PLAIN = "\x1b[1m", "\x1b[3m", "\x1b[2m", "\x1b[0m"


class TextTable:
    """Columns of texts, those of `right` aligned to the right, between a title and a caption."""

    def __init__(self, names: Iterable[str] = (), right: Iterable[str] = ()) -> None:
        self.columns: dict[str, list[str]] = {name: [] for name in names}
        self.right = set(right)
        self.title = self.caption = ""
        self._widths: dict[str, int] = {}

    def add_row(self, *cells: str) -> None:
        """Add a row, a text for each column."""
        for texts, cell in zip(self.columns.values(), cells, strict=True):
            texts.append(cell)
        self._widths.clear()

    def add_column(self, name: str, texts: list[str], right: bool = False) -> None:
        """Add a column with all its rows."""
        self.columns[name] = texts
        if right:
            self.right.add(name)

    def drop_column(self, name: str) -> None:
        """Leave a column out."""
        del self.columns[name]

    @property
    def width(self) -> int:
        """Its columns on a terminal, those of the edges included."""
        widths = [self._width(name) for name in self.columns]
        return sum(widths) + len(GAP) * max(len(widths) - 1, 0) + 2

    def _width(self, name: str) -> int:
        if name not in self._widths:
            self._widths[name] = max(map(_length, (name, *self.columns[name])))
        return self._widths[name]

    def narrow(self, columns: int) -> None:
        """Cut the widest columns of text until the table has at most so many columns."""
        texts = [name for name in self.columns if name not in self.right]
        for _ in range(max(self.width - columns, 0)):
            name = max(texts, key=self._width, default="")
            if not name or self._width(name) <= LEAST_COLUMN:
                return
            self._widths[name] -= 1

    def lines(self, colour: bool, rule: str) -> Iterator[str]:
        """The lines without blanks at their ends; below the header, one made of `rule`."""
        yield from (_styled(line, _ITALIC, colour) for line in self.title.splitlines())
        yield ""
        yield _styled(_line(list(self.columns), *self._layout), _BOLD, colour)
        yield " " + rule * (self.width - 2)
        yield from self.rows()
        yield ""
        for line in self.caption.splitlines():
            yield _styled(f" {line}", _DIM, colour)

    def rows(self) -> Iterator[str]:
        """The lines of the rows alone."""
        widths, aligned = self._layout
        for row in zip(*self.columns.values(), strict=True):
            yield _line(row, widths, aligned)

    @property
    def _layout(self) -> tuple[list[int], list[bool]]:
        widths = [self._width(name) for name in self.columns]
        return widths, [name in self.right for name in self.columns]


def _line(cells: Sequence[str], widths: Sequence[int], aligned: Sequence[bool]) -> str:
    parts = map(_sized, cells, widths, aligned)
    return f" {GAP.join(parts)}".rstrip()


def _sized(text: str, width: int, is_right: bool) -> str:
    length = _length(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    blanks = " " * (width - length)
    return blanks + text if is_right else text + blanks


def _length(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _styled(line: str, style: str, colour: bool) -> str:
    return f"{style}{line}{_PLAIN}" if colour and line else line
