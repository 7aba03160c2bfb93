"""Completes the path of a spec file while it is typed."""

from __future__ import annotations

import os
from pathlib import Path

from textual.suggester import Suggester


class PathSuggester(Suggester):
    """Suggests folders and `.toml` files that begin with the typed text, relative to `base`."""

    def __init__(self, base: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._base = base

    async def get_suggestion(self, value: str) -> str | None:
        """The first that fits, with the part that was typed kept as it is."""
        head, slash, start = value.rpartition("/")
        folder = self._base / Path(f"{head}{slash}").expanduser()
        fitting = (name for name in _names(folder) if name.startswith(start))
        best = next(fitting, None)
        return None if best is None else f"{head}{slash}{best}"


def _names(folder: Path) -> list[str]:
    """Spec files, then folders."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return []
    shown = sorted((name, is_dir) for name, is_dir in found if not name.startswith("."))
    files = [name for name, is_dir in shown if not is_dir and name.endswith(".toml")]
    return files + [f"{name}/" for name, is_dir in shown if is_dir]
