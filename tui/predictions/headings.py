"""The lines above a view: what is looked at, which views there are, and what is told."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui.predictions.looked import Looked
from tui.predictions.sight import wrapped
from tui.predictions.views import TITLES, Name
from tui.texts.names import joined
from tui.texts.sanitiser import clean


def head_line(looked: Looked, at: int, width: int) -> str:
    """The layer, which is never cut, and the parts of the series."""
    layer, n = looked.layer(at), len(looked.rows)
    place = f"{layer} ({at + 1} of {n})" if layer and n > 1 else layer
    control = clean(looked.key[-1]).replace("_", " ")
    parts = [part for part in (control, place) if part]
    room = width - sum(len(part) + 3 for part in parts)
    return " · ".join([*parts, joined(looked.names, max(room, 0))])


def views_line(views: Sequence[Name], shown: Name, width: int) -> Text:
    """The names of the views, that which is shown in brackets."""
    gap = "" if sum(len(TITLES[view]) + 3 for view in views) > width else " "
    line = Text(no_wrap=True)
    for view in views:
        ends = "[]" if view == shown else "  "
        name = f"{ends[0]}{TITLES[view]}{ends[1]}"
        line.append(name, "reverse bold" if view == shown else "").append(gap)
    return line


def fact_lines(facts: Sequence[str], width: int, most: int) -> str:
    """The facts that have room in so many lines, each whole; the first are the most needed."""
    lines = list[str]()
    for fact in map(clean, facts):
        own = wrapped([fact], width)
        lines += own if len(lines) + len(own) <= most else []
    return "\n".join(lines)
