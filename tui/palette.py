"""The commands of the palette: title, meaning and action."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.widget import Widget

from tui.places import TITLES

_RUN = (
    ("Run", "Run the spec (Ctrl+R)", "run_spec"),
    ("Taste", "Run the spec on 300 texts of each dataset (t)", "run_spec(True)"),
)
_SPEC = (
    ("Show spec", "Show the spec as TOML (v)", "view_spec"),
    ("Save spec", "Write the spec to a file (Ctrl+S)", "save_spec"),
    ("Load spec", "Read a spec from a file (Ctrl+O)", "load_spec"),
    ("Undo", "Undo the last change of the selection (u)", "undo"),
)
_APP = (
    ("Theme", "Choose the colours", "change_theme"),
    ("Keys", "Show every key of this place (?)", "show_keys"),
    ("Quit", "Quit; runs continue (q)", "quit"),
)


def commands(app: App[Any], composer: Widget) -> Iterator[SystemCommand]:
    """The commands that are available everywhere."""
    for title, meaning, action in _RUN:
        yield SystemCommand(title, meaning, partial(app.run_action, action))
    for number, (place, title) in enumerate(TITLES.items(), 1):
        go = partial(app.run_action, f"show_place({place!r})")
        yield SystemCommand(f"Go to {title}", f"Key {number}", go)
    for title, meaning, action in _SPEC:
        yield SystemCommand(title, meaning, partial(app.run_action, action, composer))
    for title, meaning, action in _APP:
        yield SystemCommand(title, meaning, partial(app.run_action, action))
