"""An input whose completion is told from what is typed, without colour too."""

from __future__ import annotations

from textual.strip import Strip
from textual.widgets import Input


class OfferingInput(Input):
    """Without colour a completion stands in brackets: faintness alone would not tell it."""

    def render_line(self, y: int) -> Strip:
        """The line as it is typed, and what is offered behind it."""
        offered, typed = self._suggestion, self.value
        if not self.app.no_color or len(offered) <= len(typed):
            return super().render_line(y)
        self.set_reactive(Input._suggestion, f"{typed}[{offered[len(typed) :]}]")
        try:
            return super().render_line(y)
        finally:
            self.set_reactive(Input._suggestion, offered)
