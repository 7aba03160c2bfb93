"""The one way onto the screen: what a terminal would obey is not drawn, in whatever widget."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.texts.characters import in_ascii, is_ascii
from tui.texts.output_gate import OBEYED


class HarmlessLines(LineFilter):
    """Leaves control characters out of every line; they have no width. Marks in ASCII if asked."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line, without what a terminal would obey."""
        drawn = in_ascii if is_ascii() else str
        return [
            Segment(drawn(OBEYED.sub("", text)), style, control)
            if not control and not (text.isascii() and text.isprintable())
            else Segment(text, style, control)
            for text, style, control in segments
        ]
