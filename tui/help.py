"""Help: every key of the place, made from the bindings that are active."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
}


def spelled(key: str) -> str:
    """A key as it is written on it: `Ctrl+R`, `Shift+Tab`, `/`."""
    *modifiers, last = key.split("+")
    word = _WORDS.get(last, last if len(last) == 1 and not modifiers else last.capitalize())
    return "+".join([*(part.capitalize() for part in modifiers), word])


def key_table(bindings: Iterable[ActiveBinding]) -> list[tuple[str, str]]:
    """Keys and what they do, the keys of one action on one line, the nearest widget's first."""
    found: dict[str, list[str]] = {}
    for active in bindings:
        binding = active.binding
        if binding.description and active.enabled:
            said = binding.tooltip or binding.description
            found.setdefault(said, []).append(spelled(binding.key))
    return [(", ".join(dict.fromkeys(keys)), said) for said, keys in found.items()]


class HelpScreen(ModalScreen[None]):
    """Lists keys; any of Esc, `?` and `q` leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "Leave", id="help.leave"),
    ]

    def __init__(self, bindings: Iterable[ActiveBinding], title: str) -> None:
        super().__init__()
        self._table = key_table(bindings)
        self._title = title

    def compose(self) -> ComposeResult:
        """The table of keys."""
        width = max((len(keys) for keys, _ in self._table), default=0)
        text = Text()
        for keys, said in self._table:
            text.append(f"{keys:>{width}}  ", style="bold").append(f"{said}\n")
        text.rstrip()
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="title")
            with VerticalScroll(classes="key-list"):
                yield Static(text, markup=False)
            yield Static("↑ ↓ scroll   Esc leave", markup=False, classes="keys")
