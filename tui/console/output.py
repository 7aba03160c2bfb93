"""Standard output: data for programs, or text for people at a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tui.texts import characters
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable

PIPE_WIDTH = 100


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
    """Whether only ASCII can be printed, or is asked for."""
    return characters.is_ascii()


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


def write_table(table: TextTable, *, with_header: bool = True) -> None:
    """Print a table, cut to the width of the terminal; uncut in a pipe."""
    if is_terminal():
        table.narrow(width())
    lines = table.lines(has_colour(), "-" if is_ascii() else "─")
    if not with_header:
        lines = table.rows()
    if is_ascii():
        lines = map(characters.in_ascii, lines)
    sys.stdout.writelines(f"{line}\n" for line in lines)


def fits(table: TextTable) -> bool:
    """Whether a table fits into the terminal."""
    return not is_terminal() or table.width <= width()


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> TextTable:
    """An empty table with these columns."""
    from tui.texts.tables.text_table import TextTable

    return TextTable(columns, right)
