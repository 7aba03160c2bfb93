"""Many lines of text of which only those in sight are drawn, with a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.texts.sanitiser import clean

ASIDE = 16


class LineView(ScrollView, can_focus=True):
    """Lines, shown literally; those that hold what is searched for are marked, one is current."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-view--found", "line-view--current"}
    DEFAULT_CSS = """
    LineView {
        height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; overflow-x: hidden;
        & > .line-view--found { color: $text-warning; text-style: bold; }
        & > .line-view--current { text-style: reverse; }
    }
    """
    BINDING_GROUP_TITLE = "In the log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="lines.up", show=False),
        Binding("down,j", "move(1)", "Down", id="lines.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="lines.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="lines.page_down", show=False),
        Binding("home,g", "end(-1)", "First line", id="lines.first", show=False),
        Binding("end,G", "end(1)", "Last line", id="lines.last", show=False),
        Binding("left,h", "aside(-1)", "To the left", id="lines.left", show=False),
        Binding("right,l", "aside(1)", "To the right", id="lines.right", show=False),
        Binding("slash", "search", "Search", id="lines.search", key_display="/"),
        Binding("n", "match(1)", "Next", id="lines.next", tooltip="Next line that was searched"),
        Binding("N", "match(-1)", "Previous line that was searched", id="lines.back", show=False),
    ]

    class Searched(Message):
        """The user wants to type what to search for."""

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self.empty = empty
        self.lines: Sequence[str] = ()
        self.found: list[int] = []
        self.current: int | None = None
        self._word, self._left = "", 0

    @property
    def told(self) -> str:
        """Which of the lines that were found is current, of how many; else how many lines."""
        if not self._word:
            return f"{len(self.lines):,} lines"
        if not self.found:
            return "not found"
        at = self.found.index(self.current) + 1 if self.current in self.found else 0
        return f"{at:,} of {len(self.found):,}"

    def show(self, lines: Sequence[str], *, to_end: bool) -> None:
        """Show these lines; to their end if asked, or if it was in sight."""
        was_at_end = self.scroll_offset.y >= self.max_scroll_y
        if lines is not self.lines:
            self.lines = lines
            self._look()
        self.virtual_size = Size(self.size.width, max(len(lines), 1))
        if to_end or was_at_end:
            self.scroll_to(y=max(len(lines) - self.size.height, 0), animate=False, force=True)
        self.refresh()

    def search(self, word: str, *, back: bool = False) -> None:
        """Mark the lines that hold `word`, whatever its case, and go to the last of them."""
        self._word = word.lower()
        self.current = None
        self._look()
        if self.found:
            self.go_to(self.found[0] if back else self.found[-1])
        self.refresh()

    def _look(self) -> None:
        word = self._word
        self.found = (
            [at for at, line in enumerate(self.lines) if word in line.lower()] if word else []
        )

    def go_to(self, line: int) -> None:
        """Make a line current and bring it into sight."""
        self.current = line
        height = max(self.size.height, 1)
        top = round(self.scroll_target_y)
        if not top <= line < top + height:
            self.scroll_to(y=max(line - height // 2, 0), animate=False, immediate=True, force=True)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_target_y + by, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a page."""
        self.action_move(direction * max(self.size.height - 1, 1))

    def action_end(self, direction: int) -> None:
        """Go to the first or the last line."""
        self.scroll_to(y=self.max_scroll_y if direction > 0 else 0, animate=False)

    def action_aside(self, direction: int) -> None:
        """Show what is further to the right of long lines, or less."""
        self._left = max(self._left + direction * ASIDE, 0)
        self.refresh()

    def action_search(self) -> None:
        """Ask for what to search."""
        self.post_message(self.Searched())

    def action_match(self, by: int) -> None:
        """Go to the next line that was found, or the one before."""
        if not self.found:
            return
        if self.current in self.found:
            at = (self.found.index(self.current) + by) % len(self.found)
        else:
            at = 0 if by > 0 else -1
        self.go_to(self.found[at])
        self.post_message(self.Moved(self))

    class Moved(Message):
        """Another line is current."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

    def render_line(self, y: int) -> Strip:
        """One line, as far as it is in sight."""
        width = self.scrollable_content_region.width
        at = y + round(self.scroll_y)
        if at >= len(self.lines):
            text = self.empty if not self.lines and y == 0 else ""
            return Strip([Segment(text, self.rich_style)]).adjust_cell_length(width)
        text = clean(self.lines[at][self._left : self._left + 4 * width])
        return Strip(self._segments(text, at)).adjust_cell_length(width, self.rich_style)

    def _segments(self, text: str, at: int) -> list[Segment]:
        style = self.rich_style
        if at == self.current:
            style += self.get_component_rich_style("line-view--current", partial=True)
        start = text.lower().find(self._word) if self._word else -1
        if start < 0:
            return [Segment(text, style)]
        found = style + self.get_component_rich_style("line-view--found", partial=True)
        return _marked(text, start, len(self._word), style, found)


def _marked(text: str, start: int, length: int, style: Style, found: Style) -> list[Segment]:
    end = start + length
    return [
        Segment(text[:start], style),
        Segment(text[start:end], found),
        Segment(text[end:], style),
    ]
