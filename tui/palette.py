"""The commands of the palette: what each is called, what it does, and the action behind it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.widget import Widget

from tui.places import TITLES

_RUN = (
    ("Run", "Run what is composed (Ctrl+R)", "run_spec"),
    ("Taste", "Run it on 300 texts (t)", "run_spec(True)"),
)
_SPEC = (
    ("Show spec", "The spec as TOML (v)", "view_spec"),
    ("Save spec", "Write it to a file (Ctrl+S)", "save_spec"),
    ("Load spec", "Read it from a file (Ctrl+O)", "load_spec"),
    ("Undo", "Take the last change of the selection back (u)", "undo"),
)
_APP = (
    ("Theme", "Choose the colours", "change_theme"),
    ("Keys", "Every key of this place (?)", "show_keys"),
    ("Quit", "Leave; runs go on (q)", "quit"),
)


def commands(app: App[Any], composer: Widget) -> Iterator[SystemCommand]:
    """What can be done from anywhere."""
    for title, meaning, action in _RUN:
        yield SystemCommand(title, meaning, partial(app.run_action, action))
    for number, (place, title) in enumerate(TITLES.items(), 1):
        go = partial(app.run_action, f"show_place({place!r})")
        yield SystemCommand(f"Go to {title}", f"Key {number}", go)
    for title, meaning, action in _SPEC:
        yield SystemCommand(title, meaning, partial(app.run_action, action, composer))
    for title, meaning, action in _APP:
        yield SystemCommand(title, meaning, partial(app.run_action, action))
