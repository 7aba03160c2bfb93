"""The top line: the three places, the open one marked, and the number of live runs."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static


class PlacesLine(Static):
    """Shows `1 Compose  2 Runs  3 Results`, the open place in brackets and in reverse."""

    place: reactive[str] = reactive("")
    status: reactive[str] = reactive("")

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__(markup=False)
        self._titles = titles

    def watch_place(self) -> None:
        """Mark the place that is open."""
        self._redraw()

    def watch_status(self) -> None:
        """Show the live runs."""
        self._redraw()

    def on_resize(self) -> None:
        """Keep the status at the right edge."""
        self._redraw()

    def _redraw(self) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        for number, (place, title) in enumerate(self._titles.items(), 1):
            shown = f"[{number} {title}]" if place == self.place else f" {number} {title} "
            line.append(shown, style="reverse bold" if place == self.place else "")
        line.append(" " * max(1, self.size.width - line.cell_len - len(self.status) - 1))
        line.append(self.status)
        self.update(line)
