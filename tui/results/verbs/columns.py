"""`o`: choose and order the columns, and sort by several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.widget import Widget

from tui.dialogs.column_choice import ChosenColumn, ColumnChoice
from tui.results.arranged.arrangement import Arrangement
from tui.widgets.column_widths import Column

AT_LAYER = "of the cell that the row shows"
LOWS = {"band": "sorts by its lower end", "interval": "sorts by its lower end"}


def ask_for_columns(
    owner: Widget,
    arrangement: Arrangement,
    columns: Sequence[Column],
    more: Sequence[Column],
    take: Callable[[Arrangement], object],
) -> None:
    """Ask for the columns, those of the table and `more`; `take` gets what was chosen."""
    sorting = arrangement

    def turn(title: str) -> dict[str, str]:
        nonlocal sorting
        sorting = sorting.turned(title)
        return sorting.marks()

    def chosen(given: tuple[ChosenColumn, ...] | None) -> None:
        if given is not None:
            names = [column.title for column in more]
            take(chosen_arrangement(arrangement, sorting, given, names))

    screen = ColumnChoice(offered(arrangement, columns, more), sorting.marks(), turn)
    owner.app.push_screen(screen, chosen)


def offered(
    arrangement: Arrangement, columns: Sequence[Column], more: Sequence[Column]
) -> list[ChosenColumn]:
    """All columns in the order in which they are shown, hidden ones among them; then `more`."""
    names = [column.title for column in more]
    every = [*columns, *more]
    hidden = {*arrangement.hidden, *(name for name in names if name not in arrangement.more)}
    titles = [every[at].title for at in replace(arrangement, hidden=()).places(every)]
    meanings = LOWS | dict.fromkeys(names, AT_LAYER)
    return [ChosenColumn(name, name not in hidden, meanings.get(name, "")) for name in titles]


def chosen_arrangement(
    before: Arrangement,
    sorting: Arrangement,
    given: Sequence[ChosenColumn],
    more: Sequence[str],
) -> Arrangement:
    """What was chosen; columns that are not there now keep being hidden."""
    known = {one.title for one in given}
    hidden = [title for title in before.hidden if title not in known]
    hidden += [one.title for one in given if not one.is_shown and one.title not in more]
    added = [name for name in before.more if name not in known]
    added += [one.title for one in given if one.is_shown and one.title in more]
    order = tuple(one.title for one in given if one.is_shown or one.title not in more)
    return Arrangement(sorting.sort, order, tuple(hidden), tuple(added))
