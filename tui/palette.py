"""The commands of the palette."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from tui.places import TITLES

if TYPE_CHECKING:
    from tui.app import ProbeApp


def commands(app: ProbeApp) -> Iterator[SystemCommand]:
    """What can be done from anywhere."""
    pane = app.composer
    yield SystemCommand("Run", "Run what is composed (Ctrl+R)", app.action_run_spec)
    yield SystemCommand("Taste", "Run it on 300 texts (t)", lambda: app.action_run_spec(True))
    for number, (place, title) in enumerate(TITLES.items(), 1):
        yield SystemCommand(f"Go to {title}", f"Key {number}", lambda to=place: app.go(to))
    yield SystemCommand("Show spec", "The spec as TOML (v)", pane.action_view_spec)
    yield SystemCommand("Save spec", "Write it to a file (Ctrl+S)", pane.action_save_spec)
    yield SystemCommand("Load spec", "Read it from a file (Ctrl+O)", pane.action_load_spec)
    yield SystemCommand("Undo", "Take the last change of the selection back (u)", pane.action_undo)
    yield SystemCommand("Theme", "Choose the colours", app.action_change_theme)
    yield SystemCommand("Keys", "Every key of this place (?)", app.action_show_keys)
    yield SystemCommand("Quit", "Leave; runs go on (q)", app.action_quit)
