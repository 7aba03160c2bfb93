"""`e`: the table, the cells, the plot or the screen, written to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.widget import Widget

from tui.dialogs.file_target import FileTarget
from tui.dialogs.menu import Item, MenuScreen
from tui.results.verbs.shown_table import ShownTable
from tui.texts.of_runs.plans import counted
from tui.texts.tables.table_files import write_frame, write_markup, write_text

if TYPE_CHECKING:
    import polars as pl

    from tui.plot.pictures.picture import Picture

OF_SCREEN = "s"
OF_DATA = {".csv": "csv", ".parquet": "parquet", ".json": "json"}
OF_TEXTS = {".md": "markdown", ".tex": "latex"}


class Shot(NamedTuple):
    """The screen as text and as SVG."""

    text: str
    picture: str


class Exported(NamedTuple):
    """What the screen shows, to be written."""

    table: Callable[[], ShownTable]
    cells: Callable[[], pl.DataFrame]
    n_cells: int
    plot: str
    figure: Picture | None
    screen: Callable[[], Shot]


class Export(NamedTuple):
    """One choice of the menu: the endings that it can be written with, and how."""

    item: Item
    endings: tuple[str, ...]
    suggested: str
    write: Callable[[Exported, Path], object]


def ask_what_to_export(owner: Widget, exported: Exported) -> None:
    """Ask what to write, then where to."""

    def chosen(letter: str | None) -> None:
        if letter == OF_SCREEN:
            # the menu does not belong to the screen
            owner.call_after_refresh(_ask_for_shot, owner, exported)
        elif letter is not None:
            _ask_where(owner, exported, EXPORTS[letter])

    title = f"Export ({counted(exported.n_cells, 'cell')})"
    owner.app.push_screen(MenuScreen(title, [one.item for one in EXPORTS.values()]), chosen)


def _ask_for_shot(owner: Widget, exported: Exported) -> None:
    shot = exported.screen()
    _ask_where(owner, exported._replace(screen=lambda: shot), EXPORTS[OF_SCREEN])


def _ask_where(owner: Widget, exported: Exported, export: Export) -> None:
    def write(path: Path) -> None:
        export.write(exported, path)

    title = f"Write {export.item.title} to ({', '.join(export.endings)})"
    FileTarget(owner, title, export.suggested, write, export.endings).ask()


def _write_table(exported: Exported, path: Path) -> None:
    table, ending = exported.table(), path.suffix.lower()
    if ending in OF_TEXTS:
        write_markup(table.text_table(), OF_TEXTS[ending], path)
    else:
        write_frame(table.frame(), OF_DATA[ending], path)


def _write_cells(exported: Exported, path: Path) -> None:
    write_frame(exported.cells(), OF_DATA[path.suffix.lower()], path)


def _write_plot(exported: Exported, path: Path) -> None:
    """The plot as it stands on the screen, or the figure that it shows for a paper."""
    if path.suffix.lower() == ".txt" or exported.figure is None:
        write_text(exported.plot, path)
        return
    from tui.plot.paper import write  # matplotlib: 0.5 s, in the thread of the file

    write(exported.figure, path)


def _write_screen(exported: Exported, path: Path) -> None:
    shot = exported.screen()
    write_text(shot.picture if path.suffix.lower() == ".svg" else shot.text, path)


def _exports() -> dict[str, Export]:
    known = (
        Export(
            Item("t", "the table", "as it is shown: CSV, Parquet, JSON, Markdown, LaTeX"),
            (*OF_DATA, *OF_TEXTS),
            "results.csv",
            _write_table,
        ),
        Export(
            Item("c", "the cells", "with all their columns: CSV, Parquet, JSON"),
            tuple(OF_DATA),
            "cells.csv",
            _write_cells,
        ),
        Export(
            Item("p", "the plot", "as PDF, SVG or PNG for a paper, or text"),
            (".pdf", ".svg", ".png", ".txt"),
            "plot.pdf",
            _write_plot,
        ),
        Export(
            Item(OF_SCREEN, "the screen", "as SVG or text"),
            (".svg", ".txt"),
            "screen.svg",
            _write_screen,
        ),
    )
    return {one.item.letter: one for one in known}


EXPORTS = _exports()
