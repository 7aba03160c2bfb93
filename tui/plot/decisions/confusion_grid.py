"""Draw a confusion matrix: counts and shares, a part of it at a time where it is large."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tui.plot import charset
from tui.plot.axis import short
from tui.plot.marks import colour_of

LONGEST_NAME = 22
HEAD = 2
WIDE_FOR_TALL = 5
TALL = (15, 11, 9, 7, 5, 3)  # lines of a cell where all rows have room
SHADES = ((0.5, "▓", "#"), (0.25, "▒", "+"), (0.05, "░", "."))


@dataclass(frozen=True)
class Grid:
    """Counts `[n][n]` of `names` by `decided`, what is seen of them, and how a cell is written.

    `row` is the one that is read; `first` are the first row and column that are seen.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    row: int | None = None
    first: tuple[int, int] = (0, 0)
    shows: str = "both"  # or "counts", "shares"

    @property
    def n_digits(self) -> int:
        """The digits of the largest count, and of the sizes of classes."""
        return len(f"{max(map(sum, self.counts), default=0):,}")

    @property
    def cell_width(self) -> int:
        """The least columns of a cell: `[1,234 .98]`, with a space before it."""
        inside = {"both": self.n_digits + 5, "counts": self.n_digits, "shares": 4}[self.shows]
        return max(inside, 2) + 3

    @property
    def name_width(self) -> int:
        """Columns of the names of rows, their numbers before them."""
        longest = max(map(cell_len, self.names), default=0)
        return min(longest, LONGEST_NAME) + len(str(len(self.names))) + 1

    @property
    def margin(self) -> int:
        """Columns before the cells."""
        return self.name_width + self.n_digits + 3

    def n_columns(self, width: int) -> int:
        """How many columns of cells have room."""
        return max(min((width - self.margin) // self.cell_width, len(self.names)), 1)

    def wide(self, width: int, lines: int) -> int:
        """Columns of a cell: wider where it is tall."""
        room = (width - self.margin) // self.n_columns(width)
        wide = min(room, lines * WIDE_FOR_TALL) if lines > 1 else 0
        return max(wide, self.cell_width)

    def lines(self, height: int) -> int:
        """Lines of a cell: several where all rows have room."""
        n = len(self.names)
        return next((tall for tall in TALL if n * tall + HEAD <= height), 1)

    def n_rows(self, height: int) -> int:
        """How many rows have room."""
        return max(min((height - HEAD) // self.lines(height), len(self.names)), 1)

    def height(self, most: int) -> int:
        """The lines that it takes of at most so many."""
        return min(len(self.names) * self.lines(most) + HEAD, most)


def draw_grid(grid: Grid, width: int, height: int) -> Text:
    """The part of the matrix that has room.

    The diagonal is in brackets; in tall cells the shade tells the share of the row.
    """
    top, left = grid.first
    columns = range(left, min(left + grid.n_columns(width), len(grid.names)))
    rows = range(top, min(top + grid.n_rows(height), len(grid.names)))
    tall = grid.lines(height)
    size = grid.wide(width, tall), tall
    lines = [*_head(grid, columns, size[0])]
    for row in rows:
        lines += _row(grid, row, columns, size)
    for line in lines:
        line.truncate(width)
    return Text("\n", no_wrap=True).join(lines[: max(height, 1)])


def _head(grid: Grid, columns: range, wide: int) -> list[Text]:
    n, arrow = len(grid.names), "->" if charset.is_ascii() else "→"
    part = "" if len(columns) == n else f" ({columns.start + 1} to {columns.stop} of {n})"
    first = Text(f"{'class':<{grid.name_width}}  {'n':>{grid.n_digits}} ", style="bold")
    has_room = all(cell_len(grid.names[at]) <= wide - 1 for at in columns)
    for at in columns:
        label = grid.names[at] if has_room else f"{at + 1}"
        first.append(f" {_filled(label, wide - 1, ' ')}")
    return [Text(f"{'':{grid.margin}} decided as {arrow}{part}", style="dim"), first]


def _row(grid: Grid, row: int, columns: range, size: tuple[int, int]) -> list[Text]:
    """The lines of a class, its name and numbers in the middle one."""
    wide, tall = size
    n = sum(grid.counts[row])
    number = f"{row + 1:>{len(str(len(grid.names)))}} "
    name = number + set_cell_size(_cut(grid.names[row]), grid.name_width - len(number))
    lines = []
    for at_line in range(tall):
        is_middle = at_line == (tall - 1) // 2
        head = f"{name}  {n:>{grid.n_digits},} " if is_middle else " " * grid.margin
        line = Text().append(head, "reverse" if row == grid.row and is_middle else "")
        for at in columns:
            count = grid.counts[row][at]
            text = _cell(grid, count, n, at == row) if is_middle else ""
            is_gap = tall > 1 and at_line == tall - 1
            shade = " " if is_gap or tall == 1 else _shade(count, n)
            line.append(" ")
            line.append(_filled(text, wide - 1, shade), _style(count, n, at == row, tall > 1))
        lines.append(line)
    return lines


def _cell(grid: Grid, count: int, size: int, is_own: bool) -> str:
    """A count with its share of the row, `[123 .95]` on the diagonal; `·` for none."""
    none = "." if charset.is_ascii() else "·"
    share = short(count / size) if size else ""
    parts = {"both": f"{count:,} {share:>4}", "counts": f"{count:,}", "shares": share}
    text = parts[grid.shows] if count or is_own else none
    text = " " * max(grid.cell_width - 3 - len(text), 0) + text
    return f"[{text}]" if is_own else f" {text} "


def _shade(count: int, size: int) -> str:
    share = count / size if size else 0.0
    for least, shade, plain in SHADES:
        if share >= least:
            return plain if charset.is_ascii() else shade
    return " "


def _filled(text: str, width: int, shade: str) -> str:
    """A text in the middle of a shade."""
    inside = f" {text} " if text and shade != " " else text
    left = max(width - cell_len(inside), 0) // 2
    return shade * left + inside + shade * max(width - left - cell_len(inside), 0)


def _style(count: int, size: int, is_own: bool, is_tall: bool) -> str:
    if not count:
        return "dim"
    weight = "bold" if is_own or count * 4 >= size else ""
    return f"{weight} color({colour_of(0 if is_own else 1)})".strip() if is_tall else weight


def _cut(name: str) -> str:
    more = "~" if charset.is_ascii() else "…"
    return name if cell_len(name) <= LONGEST_NAME else set_cell_size(name, LONGEST_NAME - 1) + more


def seen(grid: Grid, width: int, height: int) -> tuple[int, int]:
    """The first row and column, moved so that the row that is read is seen."""
    n, row = grid.n_rows(height), grid.row or 0
    top = min(max(grid.first[0], row - n + 1), row)
    last = len(grid.names) - grid.n_columns(width)
    return max(top, 0), max(min(grid.first[1], last), 0)


def around(grid: Grid, row: int, width: int) -> Grid:
    """The grid with another row that is read, its own column among those that are seen."""
    n, left = grid.n_columns(width), grid.first[1]
    left = left if left <= row < left + n else max(row - n // 2, 0)
    return replace(grid, row=row, first=(grid.first[0], left))
