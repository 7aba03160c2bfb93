"""Write the cells of the table to a CSV file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from tui.dialogs.file_target import FileTarget, write_whole
from tui.texts.csv_cells import without_formulas
from tui.texts.plans import counted

if TYPE_CHECKING:
    import polars as pl

SUGGESTED = "results.csv"


class Export:
    """Asks for the file, then writes it in a thread."""

    def __init__(self, owner: Widget, frame: pl.DataFrame) -> None:
        self._owner, self._frame = owner, frame

    def ask(self) -> None:
        """Ask for the file."""
        title = f"Write {counted(self._frame.height, 'cell')} as CSV to"
        FileTarget(self._owner, title, SUGGESTED, partial(write, self._frame)).ask()


def write(frame: pl.DataFrame, path: Path) -> Path:
    """Write the whole frame or nothing."""
    return write_whole(path, without_formulas(frame).write_csv)
