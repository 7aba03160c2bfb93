"""`=`: the difference of the highlighted series and a pinned one, by layer, with its tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunView
from tui.dialogs.menu import Item, MenuScreen
from tui.dialogs.text_view import TextView, room_in
from tui.plot import charset
from tui.processes.background import in_background
from tui.results.verbs.commands import compare_command
from tui.results.verbs.selections import filter_of, told_apart
from tui.results.verbs.standing import Standing
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    import polars as pl

Key = tuple[str, ...]
MOST = 9
HEIGHT = 16
MOST_PLOTS = 2
HOW = "pin a series with space, highlight another, then press ="


def ask_for_comparison(owner: Widget, standing: Standing, pinned: Sequence[Key]) -> None:
    """Compare with the pinned series; where several are pinned, ask with which."""
    here = standing.series
    others = [key for key in pinned if key != here][:MOST]
    if here is None or not others:
        owner.notify(HOW, timeout=5)
    elif len(others) == 1:
        _compare(owner, standing, here, others[0])
    else:
        names = told_apart([here, *others])[1:]
        items = [Item(f"{at}", clean(name)) for at, name in enumerate(names, 1)]

        def chosen(letter: str | None) -> None:
            if letter is not None:
                _compare(owner, standing, here, others[int(letter) - 1])

        owner.app.push_screen(MenuScreen("Compare the highlighted series with", items), chosen)


def _compare(owner: Widget, standing: Standing, first: Key, second: Key) -> None:
    views = {name: view for name in (first[0], second[0]) if (view := standing.view_of(name))}
    app, metric = owner.app, standing.metric

    def show(value: pl.DataFrame | ProbingError) -> None:
        if isinstance(value, ProbingError):
            owner.notify(clean(value), severity="error", markup=False)
            return
        text = comparison_text(value, *room_in(app), has_colour=not app.no_color)
        a, b = told_apart([first, second])
        command = compare_command(standing.logs, filter_of(first), filter_of(second), metric)
        text.append(f"\n{command}", "dim")
        app.push_screen(TextView(f"A: {a}   less B: {b}", text, "comparison.txt", is_wide=True))

    in_background(owner, partial(_compared, views, first, second, metric), show, keys_wait=True)


def _compared(views: dict[str, RunView], first: Key, second: Key, metric: str) -> pl.DataFrame:
    from probing.comparison import compare_views  # NumPy: who compares pays

    copies = {name: RunView(view.run) for name, view in views.items()}
    for view in copies.values():
        view.skim()
    return compare_views(copies, filter_of(first), filter_of(second), metric=metric)


def comparison_text(frame: pl.DataFrame, width: int, height: int, *, has_colour: bool) -> Text:
    """The curve of differences, then the table."""
    from tui.plot.comparison_table import comparison_table
    from tui.plot.differences import draw_differences, groups_of

    text, looks = Text(), {"ascii": charset.is_ascii(), "colour": has_colour}
    for part in groups_of(frame)[:MOST_PLOTS]:
        plot = draw_differences(part, width, min(HEIGHT, height), **looks)
        text.append_text(Text.from_ansi(plot)).append("\n\n")
    table = comparison_table(frame)
    table.narrow(width)
    for line in table.lines(False, "-" if looks["ascii"] else "─"):
        text.append(f"{line}\n")
    return text
