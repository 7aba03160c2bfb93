"""Completes a path while it is typed."""

from __future__ import annotations

import os
from pathlib import Path

from textual.suggester import Suggester


class PathSuggester(Suggester):
    """Suggests folders and files that begin with the typed text, relative to `base`.

    Only files that end in one of `suffixes`, or all of them if it is None.
    """

    def __init__(self, base: Path, suffixes: tuple[str, ...] | None = (".toml",)) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._base, self._suffixes = base, suffixes

    async def get_suggestion(self, value: str) -> str | None:
        """The first that fits, with the part that was typed kept as it is."""
        head, slash, start = value.rpartition("/")
        try:
            folder = self._base / Path(f"{head}{slash}").expanduser()
        except RuntimeError:  # a user that does not exist
            return None
        fitting = (name for name in self._names(folder) if name.startswith(start))
        best = next(fitting, None)
        return None if best is None else f"{head}{slash}{best}"

    def _names(self, folder: Path) -> list[str]:
        """Files, then folders; none whose name a terminal would obey."""
        try:
            with os.scandir(folder) as entries:
                found = [(entry.name, entry.is_dir()) for entry in entries]
        except (OSError, ValueError):
            return []
        shown = sorted(one for one in found if one[0].isprintable() and one[0][0] != ".")
        files = [name for name, is_dir in shown if not is_dir and self._fits(name)]
        return files + [f"{name}/" for name, is_dir in shown if is_dir]

    def _fits(self, name: str) -> bool:
        return self._suffixes is None or name.endswith(self._suffixes)
