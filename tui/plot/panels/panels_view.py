"""Small multiples as a widget: a screen of panels, scrolled row by row."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.plot.panels.panels_text import draw_panels, n_rows_of
from tui.plot.pictures.picture import Picture


class PanelsView(Widget, can_focus=True):
    """Draws as many panels as it has room for."""

    DEFAULT_CSS = """
    PanelsView { height: 1fr; width: 1fr; padding: 0 1; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "move(-1000000)", "First panels", show=False),
        Binding("end", "move(1000000)", "Last panels", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture: Picture | None = None
        self.first = 0
        self.note = ""

    def show(self, picture: Picture | None, note: str = "") -> None:
        """Draw these panels below a note."""
        if (picture, note) != (self.picture, self.note):
            self.picture, self.note = picture, note
            self.first = min(self.first, self._last())
            self.refresh()

    def _last(self) -> int:
        """The row of panels that may stand at the top at most."""
        size = self.content_size
        if self.picture is None or not size.width:
            return 0
        return max(n_rows_of(self.picture, size.width) - 1, 0)

    def action_move(self, by: int) -> None:
        """Scroll by some rows of panels."""
        self.first = min(max(self.first + by, 0), self._last())
        self.refresh()

    def render(self) -> Text:
        """The panels from the first row that is seen."""
        if self.picture is None or not self.picture.panels:
            return Text("no series here differ: press w for other panels", style="dim")
        size = self.content_size
        colour = not self.app.no_color
        note = [self.note[: size.width]] if self.note else []
        room = size.height - len(note)
        lines = draw_panels(self.picture, size.width, room, colour=colour, first=self.first)
        return Text.from_ansi("\n".join([*note, *lines]), no_wrap=True)
