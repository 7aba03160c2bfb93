"""The theme chosen in the app; it holds until the config file names another."""

from __future__ import annotations

from tui.config.kept import keep, read_kept
from tui.config.places import state_folder

_FILE = "theme.json"


def chosen_theme(set_one: str) -> str:
    """The theme that was chosen while the config said `set_one`; else that one."""
    kept = read_kept(state_folder() / _FILE)
    chosen = kept.get("theme")
    return chosen if isinstance(chosen, str) and kept.get("set") == set_one else set_one


def keep_theme(chosen: str, set_one: str) -> None:
    """Remember the choice."""
    keep(state_folder() / _FILE, {"theme": chosen, "set": set_one})
