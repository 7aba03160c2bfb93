"""The key help: every active key of the place, from its bindings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.dialogs.key_subjects import MOVE, ORDER, subject_of
from tui.texts.characters import with_arrows

EVERYWHERE = "Everywhere"
_NOISE = ("scroll_left", "scroll_right", "page_left", "page_right", "screen.copy_text", "help_quit")
_MOVES = ("move(", "page(", "cursor_", "page_", "scroll_", "first", "last", "command_palette")
_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "equals_sign": "=",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
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


def is_told(active: ActiveBinding) -> bool:
    """Whether a key does something that has a name, and more than move."""
    return active.enabled and is_verb(active.binding)


def is_verb(binding: Binding) -> bool:
    """Whether a binding has a name, and does more than move."""
    is_named = binding.description and binding.action not in _NOISE
    return bool(is_named and not binding.action.startswith(_MOVES))


def key_groups(bindings: Iterable[ActiveBinding]) -> dict[str, list[tuple[str, str]]]:
    """Keys and what they do, grouped by what they are about.

    The keys of one action share a line; the group of keys that work everywhere comes last.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    for active in bindings:
        binding = active.binding
        if active.enabled and binding.description and binding.action not in _NOISE:
            said = binding.tooltip or binding.description
            group = groups.setdefault(_group(active), {})
            group.setdefault(said, []).append(binding.key_display or spelled(binding.key))
    last = [one for one in (*ORDER, EVERYWHERE) if one in groups]
    titles = [*(one for one in groups if one not in last), *last]
    return {
        title: [(" ".join(dict.fromkeys(keys)), said) for said, keys in groups[title].items()]
        for title in titles
    }


def _group(active: ActiveBinding) -> str:
    is_own = "BINDING_GROUP_TITLE" in type(active.node).__dict__
    if isinstance(active.node, (App, Screen)) and not is_own:
        return EVERYWHERE
    title = getattr(active.node, "BINDING_GROUP_TITLE", None)
    is_move = active.binding.action.startswith(_MOVES)
    return subject_of(active.binding.id) or (MOVE if is_move else title) or "In this place"


def help_lines(focused: Widget | None) -> list[str]:
    """What the thing under the cursor is, and what it is in: each widget's own line."""
    nodes = focused.ancestors_with_self if focused is not None else []
    found = [getattr(node, "help_line", "") for node in nodes]
    return [line for line in found if line]


class HelpScreen(ModalScreen[None]):
    """Lists keys; Esc, Enter, `?` and `q` close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "Close", id="help.leave"),
        Binding("j", "line(1)", "Down", id="help.down", show=False),
        Binding("k", "line(-1)", "Up", id="help.up", show=False),
        Binding("g", "scroll(False)", "Top", id="help.top", show=False),
        Binding("G", "scroll(True)", "Bottom", id="help.bottom", show=False),
    ]

    def __init__(
        self, bindings: Iterable[ActiveBinding], title: str, about: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._about = about
        self._groups = key_groups(bindings)
        self._title = title

    def compose(self) -> ComposeResult:
        """The groups of keys."""
        with Vertical(classes="dialog help"):
            yield Static(self._title, markup=False, classes="title")
            for line in self._about:
                yield Static(line, markup=False, classes="about")
            with VerticalScroll(classes="key-list"):
                yield Static(self._table())
            keys = with_arrows("↑ ↓ j k scroll   Esc close")
            yield Static(keys, markup=False, classes="keys")

    def action_line(self, by: int) -> None:
        """Scroll by a line."""
        self.query_one(".key-list").scroll_relative(y=by, animate=False)

    def action_scroll(self, to_end: bool) -> None:
        """Go to the first or the last key."""
        keys = self.query_one(".key-list")
        if to_end:
            keys.scroll_end(animate=False)
        else:
            keys.scroll_home(animate=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True, style="bold")
        table.add_column()
        for title, group in self._groups.items():
            table.add_row("", Text(f"\n{title}", style="bold underline"))
            for keys, said in group:
                table.add_row(Text(keys), Text(said))
        return table
