"""Standard output: data for programs, or text for people at a terminal."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from typing import IO, TYPE_CHECKING, Any

from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PIPE_WIDTH = 100
UNBOUND = 10_000
LEAST_COLUMN = 6


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """The width of the terminal in columns, or 100 in a pipe."""
    return shutil.get_terminal_size((PIPE_WIDTH, 40)).columns if is_terminal() else PIPE_WIDTH


def has_colour() -> bool:
    """Whether to print colours: on a terminal, unless NO_COLOR is set."""
    return is_terminal() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def is_ascii() -> bool:
    """Whether only ASCII can be printed."""
    return "utf" not in (sys.stdout.encoding or "").lower()


def write_json(value: Any) -> None:
    """Print `value` as JSON; escapes what is not ASCII, so that no terminal obeys it."""
    print(json.dumps(value, indent=1, default=str))


def write_text(text: str) -> None:
    """Print lines of text, without control characters if it is a terminal."""
    for line in text.splitlines():
        print(clean(line) if is_terminal() else line)


def write_data(data: bytes) -> None:
    """Write text for programs, UTF-8 whatever the locale; on a terminal as text."""
    if is_terminal():
        write_text(data.decode())
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def write_table(table: Table) -> None:
    """Print a Rich table, cut to the width of the terminal; uncut in a pipe."""
    if is_terminal():
        _narrow(table, width())
    text = io.StringIO()
    _console(text, has_colour()).print(table)
    shown = text.getvalue()
    if is_ascii():
        shown = shown.encode("ascii", "replace").decode()
    sys.stdout.write("\n".join(line.rstrip() for line in shown.splitlines()) + "\n")


def fits(table: Table) -> bool:
    """Whether a table fits into the terminal."""
    return not is_terminal() or _width_of(table) <= width()


def _console(file: IO[str], colour: bool) -> Console:
    """Cells are text from outside: neither markup nor emoji codes mean anything in them."""
    from rich.console import Console

    return Console(
        file=file, width=UNBOUND, force_terminal=colour, highlight=False, markup=False, emoji=False
    )


def _width_of(table: Table) -> int:
    return int(_console(io.StringIO(), False).measure(table).maximum)


def _narrow(table: Table, columns: int) -> None:
    """Cut the widest columns of text until the table has at most so many columns."""
    from rich.cells import cell_len

    texts = [column for column in table.columns if column.justify == "left"]
    widths = [
        max(cell_len(str(cell)) for cell in (column.header, *column.cells)) for column in texts
    ]
    for _ in range(max(_width_of(table) - columns, 0)):
        at = widths.index(max(widths))
        if widths[at] <= LEAST_COLUMN:
            return
        widths[at] -= 1
        texts[at].max_width = widths[at]


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with a line under its header and no other lines."""
    from rich import box
    from rich.table import Table

    lines = box.ASCII2 if is_ascii() else box.SIMPLE_HEAD
    table = Table(box=lines, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        justify = "right" if column in right else "left"
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table
