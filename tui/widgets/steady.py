"""Text that is set often and changes seldom."""

from __future__ import annotations

from rich.text import Text
from textual.visual import VisualType
from textual.widgets import Static


class Steady(Static):
    """Laid out and drawn anew only where its content is not what it shows already."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show `content`."""
        if not _is_same(content, self.content):
            super().update(content, layout=layout)


def _is_same(one: VisualType, other: VisualType) -> bool:
    if isinstance(one, Text) and isinstance(other, Text):
        return one == other and _manner(one) == _manner(other)
    return isinstance(one, str) and isinstance(other, str) and one == other


def _manner(text: Text) -> tuple[object, ...]:
    return text.style, text.justify, text.overflow, text.no_wrap
