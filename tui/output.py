"""Standard output: data for programs, or text for people at a terminal."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tui.clean import clean

if TYPE_CHECKING:
    from rich.table import Table

PIPE_WIDTH = 100
UNBOUND = 10_000


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Columns for plots and text: the terminal's, or a page's."""
    return shutil.get_terminal_size((PIPE_WIDTH, 40)).columns if is_terminal() else PIPE_WIDTH


def has_colour() -> bool:
    """Whether colours are shown, and wanted."""
    return is_terminal() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def is_ascii() -> bool:
    """Whether only ASCII can be printed."""
    return "utf" not in (sys.stdout.encoding or "").lower()


def write_json(value: Any) -> None:
    """Print `value` as JSON; what is not ASCII is escaped, so that no terminal obeys it."""
    print(json.dumps(value, indent=1, default=str))


def write_text(text: str) -> None:
    """Print lines of text, cleaned where a terminal would obey them."""
    for line in text.splitlines():
        print(clean(line) if is_terminal() else line)


def write_table(table: Table) -> None:
    """Print a Rich table as wide as the terminal; in a pipe nothing is cut."""
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text,
        width=width() if is_terminal() else UNBOUND,
        force_terminal=has_colour(),
        highlight=False,
    )
    console.print(table)
    shown = text.getvalue()
    if is_ascii():
        shown = shown.encode("ascii", "replace").decode()
    sys.stdout.write("\n".join(line.rstrip() for line in shown.splitlines()) + "\n")


def fits(table: Table) -> bool:
    """Whether all of a table can be seen."""
    from rich.console import Console

    console = Console(width=UNBOUND)
    return not is_terminal() or console.measure(table).maximum <= width()


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table in the project's manner: a line under the heads, nothing else."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.ASCII2 if is_ascii() else box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify = "right" if column in right else "left"
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table
