"""Write a file whose name is asked for; one that is there is overwritten only after asking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.dom import DOMNode

from probing.errors import ProbingError, SpecError
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.prompt import PromptScreen
from tui.processes.background import in_background
from tui.texts.sanitiser import clean
from tui.widgets.path_suggester import PathSuggester

Write = Callable[[Path], object]


class FileTarget:
    """Asks for the file, then has it written in a thread by `write`."""

    def __init__(
        self,
        owner: DOMNode,
        title: str,
        suggested: str,
        write: Write,
        endings: tuple[str, ...] = (),
    ) -> None:
        self._owner, self._title, self._suggested, self._write = owner, title, suggested, write
        self._endings = endings

    def ask(self) -> None:
        """Ask for the file."""
        endings = self._endings or (Path(self._suggested).suffix,)
        suggester = PathSuggester(Path.cwd(), endings)
        prompt = PromptScreen(self._title, self._suggested, check=self._check, suggester=suggester)
        self._owner.app.push_screen(prompt, self._named)

    def _check(self, name: str) -> Path:
        path = checked(name)
        if self._endings and path.suffix.lower() not in self._endings:
            hint = f"end its name in {' or '.join(self._endings)}"
            raise SpecError("its ending says no known format", where=path.name, hint=hint)
        return path

    def _named(self, name: str | None) -> None:
        if not name:
            return
        path = target(name)
        if path.exists():
            question = f"{clean(path)} exists. Overwrite it?"
            screen = ConfirmScreen(question, "overwrite")
            self._owner.app.push_screen(screen, lambda yes: self._go(path) if yes else None)
        else:
            self._go(path)

    def _go(self, path: Path) -> None:
        def work() -> Path:
            self._write(path)
            return path

        in_background(self._owner, work, self._told, keys_wait=True)

    def _told(self, value: Path | ProbingError) -> None:
        is_error = isinstance(value, ProbingError)
        said = clean(value) if is_error else f"saved {clean(value)}"
        severity = "error" if is_error else "information"
        self._owner.app.notify(said, severity=severity, markup=False)  # type: ignore[arg-type]


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
