"""`o`: choose and order the columns, and sort by several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.widget import Widget

from tui.dialogs.column_choice import ChosenColumn, ColumnChoice
from tui.results.arrangement import Arrangement
from tui.widgets.column_widths import Column

LOWS = {"band": "sorts by its lower end", "interval": "sorts by its lower end"}


def ask_for_columns(
    owner: Widget,
    arrangement: Arrangement,
    columns: Sequence[Column],
    take: Callable[[Arrangement], object],
) -> None:
    """Ask for the columns; `take` gets what was chosen."""
    sorting = arrangement

    def turn(title: str) -> dict[str, str]:
        nonlocal sorting
        sorting = sorting.turned(title)
        return sorting.marks()

    def chosen(given: tuple[ChosenColumn, ...] | None) -> None:
        if given is not None:
            take(chosen_arrangement(arrangement, sorting, given))

    screen = ColumnChoice(offered(arrangement, columns), sorting.marks(), turn)
    owner.app.push_screen(screen, chosen)


def offered(arrangement: Arrangement, columns: Sequence[Column]) -> list[ChosenColumn]:
    """All columns in the order in which they are shown, hidden ones among them."""
    places = replace(arrangement, hidden=()).places(columns)
    titles = [columns[at].title for at in places]
    return [
        ChosenColumn(title, title not in arrangement.hidden, LOWS.get(title, ""))
        for title in titles
    ]


def chosen_arrangement(
    before: Arrangement, sorting: Arrangement, given: Sequence[ChosenColumn]
) -> Arrangement:
    """What was chosen; columns that are not there now keep being hidden."""
    known = {one.title for one in given}
    hidden = [title for title in before.hidden if title not in known]
    hidden += [one.title for one in given if not one.is_shown]
    return Arrangement(sorting.sort, tuple(one.title for one in given), tuple(hidden))
