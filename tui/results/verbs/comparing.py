"""`=`: the difference of the highlighted series and a pinned one, by layer, with its tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunView
from probing.query import terms_of
from tui.dialogs.menu import Item, MenuScreen
from tui.dialogs.prompt import PromptScreen
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
HOW = "or pin a series with space, highlight another, then press ="


class Selection(NamedTuple):
    """Cells to compare: the filter that chooses them, and what they are called."""

    query: str
    name: str


def ask_for_comparison(owner: Widget, standing: Standing, pinned: Sequence[Key]) -> None:
    """Compare the highlighted series with the pinned one; of several, ask with which.

    Where none is pinned, the cells that are shown are compared with those of a filter to type.
    """
    here = standing.series
    others = [key for key in pinned if key != here][:MOST]
    if here is None or not others:
        _ask_for_filter(owner, standing)
        return
    names = told_apart([here, *others])

    def go(at: int) -> None:
        # told apart anew: of two series fewer parts may differ
        a, b = told_apart([here, others[at]])
        first, second = Selection(filter_of(here), a), Selection(filter_of(others[at]), b)
        _compare(owner, standing, first, second)

    if len(others) == 1:
        go(0)
    else:
        items = [Item(f"{at}", clean(name)) for at, name in enumerate(names[1:], 1)]
        menu = MenuScreen("Compare the highlighted series with", items)
        owner.app.push_screen(menu, lambda letter: go(int(letter) - 1) if letter else None)


def _ask_for_filter(owner: Widget, standing: Standing) -> None:
    def typed(other: str | None) -> None:
        if other:
            first = Selection(standing.query, standing.query or "every cell")
            _compare(owner, standing, first, Selection(other, other))

    title = f"Compare {standing.query or 'every cell'} with the cells of the filter"
    screen = PromptScreen(title, standing.query, hint=HOW, check=terms_of)
    owner.app.push_screen(screen, typed)


def _compare(owner: Widget, standing: Standing, first: Selection, second: Selection) -> None:
    app, metric = owner.app, standing.metric

    def show(value: pl.DataFrame | ProbingError) -> None:
        if isinstance(value, ProbingError):
            owner.notify(clean(value), severity="error", markup=False)
            return
        text = comparison_text(value, *room_in(app), has_colour=not app.no_color)
        command = compare_command(standing.logs, first.query, second.query, metric)
        text.append(f"\n{command}", "dim")
        title = f"A: {first.name}, less B: {second.name}"
        app.push_screen(TextView(title, text, "comparison.txt", is_wide=True))

    in_background(owner, partial(_compared, standing, first, second), show, keys_wait=True)


def _compared(standing: Standing, first: Selection, second: Selection) -> pl.DataFrame:
    from probing.comparison import compare_views  # NumPy: who compares pays

    views = {}
    for name in standing.runs_of(first.query, second.query):
        if known := standing.view_of(name):
            views[name] = RunView(known.run)
            views[name].skim()
    return compare_views(views, first.query, second.query, metric=standing.metric)


def comparison_text(frame: pl.DataFrame, width: int, height: int, *, has_colour: bool) -> Text:
    """The curve of differences, then the table."""
    from tui.plot.comparisons.comparison_table import comparison_table
    from tui.plot.comparisons.differences import draw_differences, groups_of

    text, looks = Text(), {"ascii": charset.is_ascii(), "colour": has_colour}
    for part in groups_of(frame)[:MOST_PLOTS]:
        plot = draw_differences(part, width, min(HEIGHT, height), **looks)
        text.append_text(Text.from_ansi(plot)).append("\n\n")
    table = comparison_table(frame)
    table.narrow(width)
    for line in table.lines(False, "-" if looks["ascii"] else "─"):
        text.append(f"{line}\n")
    return text
