"""The line of keys at the bottom; help and quit keep their place however narrow it is.

Textual's own footer makes a widget for every key at every move of the focus, and keeps them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.widget import Widget

from tui.texts.characters import is_ascii

IN_ASCII = {"⏎": "enter", "← →": "h l", "↑ ↓": "j k"}  # a mark for them would be another key
ALWAYS = ("show_keys", "quit", "leave")
BESIDE = ("run_spec", "run_spec(True)")  # the first stands before the second, where both are
GAP = 1


@dataclass(frozen=True)
class Entry:
    """One key: its name on the line, what it does, and the key that a click presses."""

    shown: str
    said: str
    key: str
    is_enabled: bool = True

    @property
    def width(self) -> int:
        """Its columns."""
        return len(self.shown) + GAP + len(self.said)

    def text(self, key: Style, said: Style) -> Text:
        """The entry as it is drawn."""
        text = Text.assemble((self.shown, key), (f"{' ' * GAP}{self.said}", said))
        return text if self.is_enabled else Text.styled(text.plain, Style(dim=True))


class KeyFooter(Widget):
    """Shows the keys of the moment, those of help and quit at the right edge.

    `wanted_keys` of what has the focus, or of what it lies in, has the ids of the keys that are of
    most use now: they stand first, in that order. Whoever wants others calls `refresh_bindings`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-footer--key", "key-footer--said"}
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom; height: 1; text-wrap: nowrap; background: $footer-background;
        & > .key-footer--key {
            color: $footer-key-foreground; background: $footer-key-background; text-style: bold;
        }
        & > .key-footer--said {
            color: $footer-description-foreground; background: $footer-description-background;
        }
    }
    """

    def on_mount(self) -> None:
        """Follow the keys of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._entries: list[Entry] = []
        self._stay: list[Entry] = []

    def _changed(self, screen: Screen[object]) -> None:
        shown: dict[str, ActiveBinding] = {}
        for active in _in_order(screen):
            shown.setdefault(active.binding.action.removeprefix("app."), active)
        first, second = BESIDE
        if first in shown and second in shown:
            moved = shown.pop(first)
            pairs = [
                [(first, moved)] * (name == second) + [(name, one)] for name, one in shown.items()
            ]
            shown = dict(chain.from_iterable(pairs))
        before = self._entries, self._stay
        self._stay = [self._entry(one) for action, one in shown.items() if action in ALWAYS]
        self._entries = [self._entry(one) for action, one in shown.items() if action not in ALWAYS]
        if before != (self._entries, self._stay):
            self.refresh()

    def _entry(self, active: ActiveBinding) -> Entry:
        binding = active.binding
        shown = self.app.get_key_display(binding)
        shown = IN_ASCII.get(shown, shown) if is_ascii() else shown
        return Entry(shown, binding.description, binding.key, active.enabled)

    def _placed(self) -> list[tuple[int, Entry]]:
        """The entries that have room, each with its first column."""
        end = self.size.width - sum(one.width + GAP for one in self._stay) + GAP
        left = list(_in_a_row(self._entries, 0, end - 2 * GAP if self._stay else end))
        return [*left, *_in_a_row(self._stay, max(end, 0), self.size.width)]

    def render(self) -> Text:
        """The line."""
        styles = [self.get_component_rich_style(f"key-footer--{part}") for part in ("key", "said")]
        line = Text(no_wrap=True)
        for at, entry in self._placed():
            line.append(" " * (at - len(line)))
            line.append_text(entry.text(*styles))
        return line

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for at, entry in self._placed():
            if at <= event.x < at + entry.width and entry.is_enabled:
                self.app.simulate_key(entry.key)


def _in_a_row(entries: Iterable[Entry], start: int, end: int) -> Iterable[tuple[int, Entry]]:
    """The entries one after the other from a column, up to the first that has no room."""
    for entry in entries:
        if start + entry.width > end:
            return
        yield start, entry
        start += entry.width + GAP


def _in_order(screen: Screen[object]) -> list[ActiveBinding]:
    """The keys that are shown: those that are wanted, then the others in their own order."""
    nodes = (screen.focused or screen).ancestors_with_self
    wanted = next((ids for node in nodes if (ids := getattr(node, "wanted_keys", ()))), ())
    known = list(screen.active_bindings.values())
    first = [one for name in wanted for one in known if one.binding.id == name]
    rest = [one for one in known if one.binding.show and one.binding.id not in wanted]
    return [*first, *rest]
