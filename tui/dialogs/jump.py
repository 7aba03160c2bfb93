"""The jump mode: a letter on everything that can take the focus; the letter goes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Target(NamedTuple):
    """Somewhere to go: the widget that shows the letter, what goes there, and its corner."""

    widget: Widget
    go: Callable[[], Any]
    corner: tuple[int, int] = (0, 0)


def targets(screen: Screen[Any]) -> list[Target]:
    """All that is in sight and takes the focus, and closed sections that open."""
    closed = [one for one in screen.query(".section") if not one.has_class("-open")]
    found = [Target(one, one.focus) for one in screen.focus_chain]
    inside = {one.widget for one in found}
    for section in closed:
        if not inside.intersection(section.query("*")):
            found.append(Target(section, section.enter))  # type: ignore[attr-defined]
    seen = [(one, _in_sight(screen, one.widget)) for one in found]
    placed = [one._replace(corner=(at.x, at.y)) for one, at in seen if at.area]
    return sorted(placed, key=lambda one: one.corner[::-1])[: len(LETTERS)]


def _in_sight(screen: Screen[Any], widget: Widget) -> Region:
    """The part of a widget that is seen; none of one in a place that is not open."""
    try:
        return screen.find_widget(widget).visible_region
    except NoWidget:
        return Region()


class JumpScreen(ModalScreen[Target | None]):
    """Shows the letters; any other key closes it."""

    CSS = """
    JumpScreen { background: $background 0%; align: left top; }
    JumpScreen .letter {
        position: absolute; width: 3; height: 1; padding: 0 1; text-style: bold reverse;
        color: $text; background: $primary;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Stay", id="jump.leave"),
    ]

    def __init__(self, found: Sequence[Target]) -> None:
        super().__init__()
        self._found = dict(zip(LETTERS, found, strict=False))

    def compose(self) -> ComposeResult:
        """A letter at the first line of each."""
        for letter, target in self._found.items():
            label = Static(letter, markup=False, classes="letter")
            label.styles.offset = target.corner
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go where the letter stands."""
        if event.key != "escape":
            event.stop()
            self.dismiss(self._found.get(event.key))
