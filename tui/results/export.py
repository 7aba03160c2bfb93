"""Export the cells of the table to a CSV file; ask before overwriting one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from probing.errors import ProbingError, SpecError
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.prompt import PromptScreen
from tui.processes.background import in_background
from tui.texts.csv_cells import without_formulas
from tui.texts.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.path_suggester import PathSuggester

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
        suggester = PathSuggester(Path.cwd(), (".csv",))
        prompt = PromptScreen(title, SUGGESTED, check=checked, suggester=suggester)
        self._owner.app.push_screen(prompt, self._named)

    def _named(self, name: str | None) -> None:
        if not name:
            return
        path = target(name)
        if path.exists():
            question = f"{clean(path)} exists. Overwrite it?"
            screen = ConfirmScreen(question, "overwrite")
            self._owner.app.push_screen(screen, lambda yes: self._write(path) if yes else None)
        else:
            self._write(path)

    def _write(self, path: Path) -> None:
        in_background(self._owner, lambda: write(self._frame, path), self._told, keys_wait=True)

    def _told(self, value: Path | ProbingError) -> None:
        is_error = isinstance(value, ProbingError)
        said = clean(value) if is_error else f"saved {clean(value)}"
        self._owner.notify(said, severity="error" if is_error else "information", markup=False)


def target(name: str) -> Path:
    """The file that a typed name stands for."""
    return Path(name).expanduser().absolute()


def checked(name: str) -> Path:
    """The file to write; raises `SpecError` if it is a folder or its folder is missing."""
    path = target(name)
    if path.is_dir():
        raise SpecError("is a folder", where=str(path), hint="add a file name")
    if not path.parent.is_dir():
        raise SpecError("no such folder", where=str(path.parent), hint="choose another")
    return path


def write(frame: pl.DataFrame, path: Path) -> Path:
    """Write the whole frame or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        without_formulas(frame).write_csv(draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise SpecError(f"cannot be written ({reason})", where=str(path)) from None
    return path
