"""Where the user was in Results: the filter and all else that was asked for, pins, row."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from tui.config.kept import part
from tui.results.arranged.arrangement import Arrangement
from tui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from tui.results.screen import ResultsPane

_ZOOMS = ("-plot", "-table")


def state_of(pane: ResultsPane) -> dict[str, Any]:
    """What to keep."""
    plain = {name: one for name, one in asdict(pane.wish).items() if isinstance(one, (str, bool))}
    return {
        "wish": plain,
        "pinned": [list(key) for key in pane.pinned],
        "zoom": next((zoom for zoom in _ZOOMS if pane.has_class(zoom)), ""),
        "table": pane.table.kept_state(),
        "figure": pane.figure.kept_state(),
        "arrangement": asdict(pane.arrangement),
    }


def restored(pane: ResultsPane, kept: dict[str, Any]) -> dict[str, Any]:
    """Pin and zoom as before; returns what to ask for again."""
    wish = part(kept, "wish")
    known = {one.name: getattr(pane.wish, one.name) for one in fields(pane.wish)}
    same = {
        name: wish[name] for name, now in known.items() if isinstance(wish.get(name), type(now))
    }
    pinned = kept.get("pinned")
    if isinstance(pinned, list):
        pane.pinned[:] = [tuple(map(str, key)) for key in pinned if isinstance(key, list)]
    if kept.get("zoom") in _ZOOMS:
        pane.add_class(kept["zoom"])
    pane.arrangement = Arrangement.of(part(kept, "arrangement"))
    pane.query_one(FilterLine).fill(str(same.get("query", "")))
    pane.table.take_state(part(kept, "table"))
    pane.figure.take_state(part(kept, "figure"))
    return same
