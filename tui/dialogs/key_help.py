"""The key help: every active key of the place, from its bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

EVERYWHERE = "Everywhere"
_NOISE = ("scroll_left", "scroll_right", "page_left", "page_right", "screen.copy_text", "help_quit")
_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "enter": "Enter",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def spelled(key: str) -> str:
    """The name of a key: `Ctrl+R`, `Shift+Tab`, `/`, `G`."""
    *modifiers, last = key.split("+")
    word = _WORDS.get(last, last if len(last) == 1 and not modifiers else last.capitalize())
    return "+".join([*(part.capitalize() for part in modifiers), word])


def key_groups(bindings: Iterable[ActiveBinding]) -> dict[str, list[tuple[str, str]]]:
    """Keys and what they do, grouped by the part of the screen that takes them.

    The keys of one action share a line; the group of keys that work everywhere comes last.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    for active in bindings:
        binding = active.binding
        if active.enabled and binding.description and binding.action not in _NOISE:
            said = binding.tooltip or binding.description
            group = groups.setdefault(_group(active), {})
            group.setdefault(said, []).append(binding.key_display or spelled(binding.key))
    if EVERYWHERE in groups:
        groups[EVERYWHERE] = groups.pop(EVERYWHERE)
    return {
        title: [(" ".join(dict.fromkeys(keys)), said) for said, keys in lines.items()]
        for title, lines in groups.items()
    }


def _group(active: ActiveBinding) -> str:
    if isinstance(active.node, (App, Screen)):
        return EVERYWHERE
    return getattr(active.node, "BINDING_GROUP_TITLE", None) or "In this place"


class HelpScreen(ModalScreen[None]):
    """Lists keys; Esc, Enter, `?` and `q` close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "Close", id="help.leave"),
        Binding("g", "scroll(False)", "Top", id="help.top", show=False),
        Binding("G", "scroll(True)", "Bottom", id="help.bottom", show=False),
    ]

    def __init__(self, bindings: Iterable[ActiveBinding], title: str) -> None:
        super().__init__()
        self._groups = key_groups(bindings)
        self._title = title

    def compose(self) -> ComposeResult:
        """The groups of keys."""
        with Vertical(classes="dialog help"):
            yield Static(self._title, markup=False, classes="title")
            with VerticalScroll(classes="key-list"):
                yield Static(self._text(), markup=False)
            yield Static("↑ ↓ scroll   Esc close", markup=False, classes="keys")

    def action_scroll(self, to_end: bool) -> None:
        """Go to the first or the last key."""
        keys = self.query_one(".key-list")
        if to_end:
            keys.scroll_end(animate=False)
        else:
            keys.scroll_home(animate=False)

    def _text(self) -> Text:
        lines = [keys for group in self._groups.values() for keys, _ in group]
        width = max(map(len, lines), default=0)
        text = Text()
        for title, group in self._groups.items():
            text.append(f"\n{title}\n", style="underline")
            for keys, said in group:
                text.append(f"{keys:>{width}}  ", style="bold").append(f"{said}\n")
        return text
