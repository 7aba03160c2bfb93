"""What a row and the rows can be copied as: commands, the spec, Python, a path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs.results.tables import result_schema
from probing.spec import to_toml
from tui.dialogs.menu import Item, MenuScreen
from tui.dialogs.text_view import COPIED, TextView
from tui.processes.background import in_background
from tui.results.verbs.commands import batch_command, results_command
from tui.results.verbs.python_lines import python_lines
from tui.results.verbs.standing import Standing
from tui.texts.sanitiser import clean


class Copied(NamedTuple):
    """A text to copy: its title, the text, and the name of a file for it."""

    title: str
    text: str
    file: str


ITEMS = (
    Item("c", "command of the run", "probe-tui --batch, with its spec"),
    Item("t", "TOML of the run", "its spec alone"),
    Item("r", "command of these rows", "probe-tui results --where …"),
    Item("p", "Python of these rows", "loads them with Polars"),
    Item("f", "folder of the run", "its path"),
)


def ask_what_to_copy(owner: Widget, standing: Standing) -> None:
    """Ask what to copy; shows it too, since a terminal may not hand it on."""

    def chosen(letter: str | None) -> None:
        if letter is not None:
            in_background(owner, partial(MAKERS[letter], standing), show, keys_wait=True)

    def show(copied: Copied | ProbingError) -> None:
        if isinstance(copied, ProbingError):
            owner.notify(clean(copied), severity="error", markup=False)
            return
        owner.app.copy_to_clipboard(copied.text)
        note = f"{COPIED}; w writes it to a file"
        owner.app.push_screen(TextView(copied.title, copied.text, copied.file, note=note))

    run = standing.run
    known = [one for one in ITEMS if run is not None or one.letter not in OF_RUN]
    owner.app.push_screen(MenuScreen("Copy", known), chosen)


def _spec(standing: Standing) -> str:
    assert standing.run is not None
    return to_toml(standing.run.read_spec())


def _command(standing: Standing) -> Copied:
    return Copied(
        "The command that runs this again", batch_command(_spec(standing), standing.logs), "run.sh"
    )


def _toml(standing: Standing) -> Copied:
    name = standing.run.name if standing.run else "spec"
    return Copied(f"The spec of {name}", _spec(standing), f"{clean(name)}.toml")


def _rows(standing: Standing) -> Copied:
    text = results_command(standing.logs, standing.query)
    return Copied("The command that prints these rows", text, "rows.sh")


def _python(standing: Standing) -> Copied:
    over, going = list[str](), list[str]()
    for name in standing.runs():
        view = standing.view_of(name)
        has_table = view is not None and view.run.results.is_file()
        (over if has_table else going).append(view.run.name if view else name)
    text = python_lines(standing.logs, over, standing.query, result_schema(), going)
    return Copied("Python that loads these rows", text, "rows.py")


def _folder(standing: Standing) -> Copied:
    path = str(standing.run.path) if standing.run else ""
    return Copied("The folder of the run", f"{path}\n", "path.txt")


OF_RUN = ("c", "t", "f")
MAKERS: dict[str, Callable[[Standing], Copied]] = {
    "c": _command,
    "t": _toml,
    "r": _rows,
    "p": _python,
    "f": _folder,
}
