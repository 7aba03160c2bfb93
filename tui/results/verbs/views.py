"""`V`: views saved by name: shown again, saved, renamed, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from probing.errors import ProbingError, SpecError
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.prompt import PromptScreen
from tui.results.arranged.saved_views import View, changed, read_views
from tui.texts.sanitiser import clean

LONGEST = 60
NONE = "No view is saved. Press a to save what is shown: filter, metric, order and columns."


class ViewsScreen(ModalScreen[View | None]):
    """The saved views; the result is the one to show, None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", id="views.leave"),
        Binding("enter", "take", "Show", id="views.take"),
        Binding("a", "add", "Save what is shown", id="views.add"),
        Binding("e", "rename", "Rename", id="views.rename"),
        Binding("d", "delete", "Delete", id="views.delete"),
        Binding("down,j", "move(1)", "Down", id="views.down", show=False),
        Binding("up,k", "move(-1)", "Up", id="views.up", show=False),
    ]

    def __init__(self, path: Path, now: View) -> None:
        super().__init__()
        self._path, self._now = path, now
        self.views: dict[str, View] = {}
        self.at = 0

    def compose(self) -> ComposeResult:
        """The views, what is wrong, and the keys."""
        keys = "Enter show   a save what is shown   e rename   d delete   Esc leave"
        with Vertical(classes="dialog"):
            yield Static("Views", classes="title")
            yield Static(markup=False, classes="items")
            yield Static(markup=False, classes="problem")
            yield Static(keys, markup=False, classes="keys")

    def on_mount(self) -> None:
        """Read the views."""
        self._do(lambda: read_views(self._path))

    def _do(self, work: Callable[[], dict[str, View]]) -> None:
        """Read or change the file, and show what it holds now."""
        problem = self.query_one(".problem", Static)
        try:
            self.views = work()
            problem.update("")
        except ProbingError as error:
            problem.update(f"✗ {clean(error)}")
        self._draw()

    @property
    def chosen(self) -> str | None:
        """The view under the cursor."""
        names = list(self.views)
        return names[self.at] if self.at < len(names) else None

    def _draw(self) -> None:
        self.at = min(self.at, max(len(self.views) - 1, 0))
        lines = Text(no_wrap=True, overflow="ellipsis")
        width = min(max(map(len, self.views), default=0), LONGEST // 2)
        for at, (name, view) in enumerate(self.views.items()):
            lines.append("> " if at == self.at else "  ")
            lines.append(f"{clean(name, width):<{width}}", "reverse" if at == self.at else "")
            lines.append(f"  {told(view)}\n", "dim")
        lines.rstrip()
        self.query_one(".items", Static).update(lines if self.views else Text(NONE))

    def action_move(self, by: int) -> None:
        """Go to the next view."""
        self.at = (self.at + by) % max(len(self.views), 1)
        self._draw()

    def action_take(self) -> None:
        """Show the view under the cursor."""
        if self.chosen is not None:
            self.dismiss(self.views[self.chosen])

    def action_add(self) -> None:
        """Save what is shown, under a name that is asked for."""
        self._ask("Save what is shown as", "", self._add)

    def _add(self, name: str) -> None:
        save = partial(changed, self._path, {name: self._now})
        self._unless_taken(name, lambda: self._do(save))

    def action_rename(self) -> None:
        """Rename the view under the cursor."""
        old = self.chosen
        if old is not None:
            self._ask("Rename it to", old, lambda name: self._rename(old, name))

    def _rename(self, old: str, name: str) -> None:
        move = partial(changed, self._path, {name: self.views[old]}, drop=old)
        if name != old:
            self._unless_taken(name, lambda: self._do(move))

    def action_delete(self) -> None:
        """Delete the view under the cursor, after asking."""
        name = self.chosen
        if name is not None:
            drop = partial(changed, self._path, drop=name)
            screen = ConfirmScreen(f"Delete the view {clean(name)}?", "delete")
            self.app.push_screen(screen, lambda yes: self._do(drop) if yes else None)

    def _unless_taken(self, name: str, go: Callable[[], None]) -> None:
        if name in self.views:
            screen = ConfirmScreen(f"{clean(name)} is saved already. Overwrite it?", "overwrite")
            self.app.push_screen(screen, lambda yes: go() if yes else None)
        else:
            go()

    def _ask(self, title: str, value: str, then: Callable[[str], None]) -> None:
        prompt = PromptScreen(title, value, check=checked_name)
        self.app.push_screen(prompt, lambda name: then(name) if name else None)


def checked_name(name: str) -> str:
    """A name that can be shown in a line; raises `SpecError`."""
    if len(name) > LONGEST or clean(name) != name:
        raise SpecError("a name has at most 60 letters, none of them a control character")
    return name


def told(view: View) -> str:
    """What a view holds, in a few words."""
    wish = view.wish
    parts = [
        wish.query and f"/{wish.query}",
        wish.metric,
        "by cell" if wish.by_cell else "",
        "controls as rows" if wish.unfolded else "",
        f"pivot by {' × '.join((*view.pivot.rows, view.pivot.column))}" if view.pivot else "",
        view.arrangement.told() if view.arrangement.sort else "",
    ]
    return clean(" · ".join(part for part in parts if part) or "everything")
