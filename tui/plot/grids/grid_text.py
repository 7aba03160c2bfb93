"""A grid of scores as text: numbers in coloured cells, or a digit each where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from probing.metric_names import METRICS
from tui.plot import charset
from tui.plot.axis import short
from tui.plot.pictures.picture import Grid
from tui.plot.series import Point

# from dark to light, of 256 colours and of 16; the lightness rises, so that grey says it too
SHADES = (54, 25, 31, 37, 78, 149, 227)
SHADES_OF_SIXTEEN = (4, 6, 10, 11)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BOUNDS, VALUE, DIGIT = 14, 4, 2  # columns of a cell with a gap before it
WIDEST_NAME = 24
LEAST_SHARED = 6  # letters that all names begin with
RESET = "\x1b[0m"
Place = tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """How a grid is cut into its room: the width of a cell, of the names of rows, and what is seen.

    `rows` and `columns` are places in the grid, from the top and from the left.
    """

    cell: int
    margin: int
    rows: Sequence[int]
    columns: Sequence[int]


def layout_of(grid: Grid, width: int, height: int, cursor: Place | None = None) -> Layout:
    """The widest cells that all columns have room for; what is far from the cursor is left out."""
    margin = min(max(map(cell_len, (*grid.rows, grid.rows_by))), WIDEST_NAME, width // 3)
    room = max(width - margin - 1, DIGIT)
    n = max(len(grid.columns), 1)
    cell = next((one for one in (BOUNDS, VALUE + 1, VALUE) if one * n <= room), DIGIT)
    order = list(range(len(grid.rows)))
    if grid.rows_by == "layer":
        order.reverse()
    at = order.index(cursor[0]) if cursor and cursor[0] in order else 0
    rows = _window(order, max(height, 1), at)
    columns = _window(list(range(n)), max(room // cell, 1), cursor[1] if cursor else 0)
    return Layout(cell, margin, rows, columns)


def _window(places: Sequence[int], most: int, at: int) -> Sequence[int]:
    """So many of the places, around the one `at`."""
    start = min(max(at - most // 2, 0), max(len(places) - most, 0))
    return places[start : start + most]


def draw_grid(
    grid: Grid,
    metric: str,
    width: int,
    height: int,
    *,
    colour: bool,
    ascii: bool | None = None,
    cursor: Place | None = None,
) -> list[str]:
    """The lines of a grid: its title, the names of its columns, its rows, its scale."""
    ascii = charset.is_ascii() if ascii is None else ascii
    layout = layout_of(grid, width, height, cursor)
    names, key = _names(grid, layout, width)
    key = _shown_of(key, max(height // 3, 1))
    scale = _scale(grid, metric, width, layout, colour=colour)
    layout = layout_of(grid, width, height - 2 - len(key) - len(scale), cursor)
    title = f"{METRICS[metric].title}: {grid.rows_by} × {grid.columns_by}"
    more = _more(grid, layout)
    lines = [
        set_cell_size(f"{title}{f'  {more}' if more else ''}", width).rstrip(),
        f"{grid.rows_by:>{layout.margin}.{layout.margin}} {names}".rstrip(),
        *(_row(grid, at, layout, cursor, colour=colour) for at in layout.rows),
        *key,
        *scale,
    ]
    return list(map(charset.as_ascii, lines)) if ascii else lines


def height_of(grid: Grid, metric: str, width: int) -> int:
    """The lines that a grid takes in so many columns, none of its rows left out."""
    layout = layout_of(grid, width, len(grid.rows))
    key, scale = _names(grid, layout, width)[1], _scale(grid, metric, width, layout, colour=True)
    return 2 + len(grid.rows) + len(key) + len(scale)


def _more(grid: Grid, layout: Layout) -> str:
    """How much is out of sight."""
    told = [
        f"{len(seen)} of {len(every)} {what}"
        for seen, every, what in (
            (layout.rows, grid.rows, "rows"),
            (layout.columns, grid.columns, "columns"),
        )
        if len(seen) < len(every)
    ]
    return ", ".join(told)


def _names(grid: Grid, layout: Layout, width: int) -> tuple[str, list[str]]:
    """The names of the columns above them, or letters there and the names below the grid."""
    names = [grid.columns[at] for at in layout.columns]
    if max(map(cell_len, names), default=0) < layout.cell:
        return "".join(_right(name, layout.cell) for name in names), []
    letters = [LETTERS[at % len(LETTERS)] for at in layout.columns]
    head = "".join(f"{letter:>{layout.cell}}" for letter in letters)
    shared = _shared_start(names)
    told = [f"{a} {name[len(shared) :]}" for a, name in zip(letters, names, strict=True)]
    return head, wrapped([*([f"{shared}…"] if shared else []), *told], width)


def _shared_start(names: Sequence[str]) -> str:
    """How all names begin, up to the end of a word; empty where that spares little."""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    n = next((at for at, (one, other) in pairs if one != other), 0)
    while n and first[n - 1].isalnum():
        n -= 1
    n = first.rindex("(", 0, n) if first[:n].count("(") > first[:n].count(")") else n
    return first[:n] if n >= LEAST_SHARED else ""


def _shown_of(lines: list[str], most: int) -> list[str]:
    """So many of the lines; what is left out is said to be."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def wrapped(parts: Sequence[str], width: int, between: str = "  ") -> list[str]:
    """Parts in as few lines as they fit into; one that is too long is cut."""
    lines: list[str] = []
    for part in parts:
        if cell_len(part) > width:
            part = set_cell_size(part, max(width - 1, 1)) + "…"
        if lines and cell_len(lines[-1]) + len(between) + cell_len(part) <= width:
            lines[-1] += f"{between}{part}"
        else:
            lines.append(part)
    return lines


def _row(grid: Grid, at: int, layout: Layout, cursor: Place | None, *, colour: bool) -> str:
    name = grid.rows[at]
    if cell_len(name) > layout.margin:
        name = set_cell_size(name, max(layout.margin - 1, 0)) + "…"
    cells = [
        _cell(grid, grid.points[at][column], layout.cell, (at, column) == cursor, colour=colour)
        for column in layout.columns
    ]
    return f"{_right(name, layout.margin)} {''.join(cells)}".rstrip()


def _cell(grid: Grid, point: Point | None, width: int, is_cursor: bool, *, colour: bool) -> str:
    """A gap, and the value on its colour; the cursor's stands in brackets."""
    if point is None:
        return f"{'▸' if is_cursor else ' '}{'':{width - 2}}{'◂' if is_cursor else ' '}"
    share = _share(grid, point.value)
    text = told(point, width) if width > DIGIT else f"{min(int(share * 10), 9)}"
    text = f"{text:>{width - 1}}"
    gap = "▸" if is_cursor else " "
    if not colour:
        return f"{gap}{text}"
    shades = SHADES_OF_SIXTEEN if charset.is_sixteen() else SHADES
    step = min(int(share * len(shades)), len(shades) - 1)
    ink = (0 if step >= len(shades) / 2 else 15) if charset.is_sixteen() else 16
    ink = 231 if ink == 16 and step < len(shades) / 2 else ink
    looks = f"{'1;4;' if is_cursor else ''}48;5;{shades[step]};38;5;{ink}"
    return f"{gap}\x1b[{looks}m{text}{RESET}"


def told(point: Point, width: int) -> str:
    """The value, with its interval where there is room."""
    if width >= BOUNDS and point.low is not None and point.high is not None:
        return f"{short(point.value)} [{short(point.low)},{short(point.high)}]"
    return short(point.value)


def _share(grid: Grid, value: float) -> float:
    """Where a value lies between the least and the most of the grid."""
    known = [point.value for point in grid.known]
    least, most = min(known), max(known)
    return (value - least) / (most - least) if most > least else 0.5


def _scale(grid: Grid, metric: str, width: int, layout: Layout, *, colour: bool) -> list[str]:
    """The colours with the least value of each, or what the digits mean."""
    known = [point.value for point in grid.known]
    if not known:
        return []
    least, most = min(known), max(known)
    if layout.cell == DIGIT:
        return [f"0 is {short(least)}, 9 is {short(most)} of {METRICS[metric].title}"[:width]]
    if not colour:
        return [f"from {short(least)} to {short(most)}"[:width]]
    shades = SHADES_OF_SIXTEEN if charset.is_sixteen() else SHADES
    step = (most - least) / len(shades)
    parts = [
        f"\x1b[48;5;{shade}m  {RESET} {short(least + at * step)}" for at, shade in enumerate(shades)
    ]
    n_fit = max((width - 8) // 8, 1)
    kept = parts if len(parts) <= n_fit else [parts[0], parts[-1]]
    return [" ".join([*kept, f"to {short(most)}"])]


def reading(grid: Grid, place: Place, metric: str) -> list[str]:
    """What the cell of the cursor says, in parts: where, value, interval, n, controls, chance."""
    row, column = place
    point = grid.points[row][column]
    where = f"{grid.rows_by} {grid.rows[row]}, {grid.columns_by} {grid.columns[column]}"
    if point is None:
        return [where, "no value"]
    bounds = (
        ""
        if point.low is None or point.high is None
        else (f" [{short(point.low, 3)}, {short(point.high, 3)}]")
    )
    at = "" if grid.rows_by == "layer" or point.layer is None else f"layer {point.layer}"
    groups = f" in {point.n_groups:,} groups" if point.n_groups and point.n_groups < point.n else ""
    controls = grid.controls[row][column] if grid.controls else ()
    return [
        where,
        *([at] if at else []),
        f"{METRICS[metric].title} {short(point.value, 3)}{bounds}",
        f"n {point.n:,}{groups}",
        *(f"{name} {short(value, 3)}" for name, value in controls),
        *([f"chance {short(grid.chance)}"] if grid.chance is not None else []),
    ]
