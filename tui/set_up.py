"""Sets the app up as its user wants it: themes, keys, and what is wrong in their config file."""

from __future__ import annotations

from typing import Any

from textual.app import App

from probing.errors import ProbingError, nearest
from tui.config.reading import Read
from tui.config.theme_choice import chosen_theme, keep_theme
from tui.key_ids import is_key, problems_of
from tui.processes.background import in_background
from tui.styles.themes import OWN, usual_theme
from tui.texts.sanitiser import clean


class SetUp:
    """What was read of the config file, for one app."""

    def __init__(self, app: App[Any], read: Read) -> None:
        self._app, self._read = app, read
        self._clashes: set[str] = set()
        self._problems = list(read.problems)
        for theme in OWN:
            app.register_theme(theme)
        self._set_theme()
        app.set_keymap(
            {
                name: keys
                for name, keys in read.config.keys.items()
                if all(is_key(key.strip()) for key in keys.split(","))
            }
        )

    def _set_theme(self) -> None:
        wanted = self._read.config.theme
        if wanted and wanted not in self._app.available_themes:
            hint = nearest(wanted, self._app.available_themes)
            self._problems.append(f"unknown theme {wanted!r} ({hint}); it is ignored")
        chosen = chosen_theme(wanted)
        if chosen not in self._app.available_themes:
            chosen = usual_theme(self._app.console.color_system)
        self._app.theme = chosen

    def begin(self) -> None:
        """Tell what is wrong, and remember the theme from now on."""
        self._tell(self._problems)
        keys = self._read.config.keys
        if keys:
            in_background(self._app, lambda: problems_of(keys), self._tell)
        self._app.theme_changed_signal.subscribe(self._app, self._theme_chosen)

    def _tell(self, problems: list[str] | ProbingError) -> None:
        lines = [str(problems)] if isinstance(problems, ProbingError) else problems
        for line in lines:
            said = line if line.startswith(str(self._read.path)) else f"config: {line}"
            self._app.notify(clean(said), severity="warning", timeout=10, markup=False)

    def _theme_chosen(self, theme: Any) -> None:
        keep_theme(theme.name, self._read.config.theme)

    def clash(self, names: list[str]) -> None:
        """Tell once of keys that now do two things in one place."""
        new = sorted(set(names) - self._clashes)
        self._clashes.update(new)
        if new:
            self._tell([f"[keys] the key of {new[0]} was given to another; map that one too"])
