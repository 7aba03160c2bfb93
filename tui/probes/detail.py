"""The details of one probe: what its card says, and its neighbours by cosine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from probing.probes.lookup import SavedProbe
from tui.probes.neighbours import Neighbours
from tui.probes.sheet import parts
from tui.texts.sanitiser import clean

ORIGIN = ("run", "dataset", "activations", "saved", "arrays")
_NAMES = 11  # columns of what stands before a fact


class ProbeDetail(VerticalScroll):
    """What the card says of the probe, the nearest directions, and where it comes from; scrolls."""

    DEFAULT_CSS = """
    ProbeDetail { height: 1fr; width: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ProbeDetail > Static { height: auto; width: 1fr; }
    """
    BINDING_GROUP_TITLE = "In the details"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Down", id="probe_detail.down", show=False),
        Binding("k", "move(-1)", "Up", id="probe_detail.up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The facts, the neighbours, and where it comes from."""
        yield Static("", id="facts", markup=False)
        yield Static("", id="near", markup=False)
        yield Static("", id="origin", markup=False)

    def show(self, one: SavedProbe | None) -> None:
        """Show a probe, or why it cannot be used."""
        facts, origin = ("", "") if one is None else _facts(one)
        self.query_one("#facts", Static).update(facts)
        self.query_one("#origin", Static).update(origin)
        self.query_one("#near", Static).update("")
        self.border_title = "" if one is None else clean(one.name)
        self.scroll_home(animate=False)

    def action_move(self, by: int) -> None:
        """Scroll by so many lines."""
        self.scroll_relative(y=by, animate=False)

    def show_neighbours(self, found: Neighbours | str) -> None:
        """Show the nearest directions, or a line in their place."""
        text = Text("nearest directions, by cosine\n", style="bold")
        if isinstance(found, str):
            text.append(clean(found), "not bold dim")
        else:
            text.append("\n".join(found.lines), "not bold")
            text.append(f"\n{found.random}" if found.random else "", "not bold dim")
        text.append("\n")
        self.query_one("#near", Static).update(text)


def _facts(one: SavedProbe) -> tuple[RenderableType, RenderableType]:
    """What it does and how well; where it comes from."""
    if one.card is None:
        return Text(clean(one.error), style="red"), ""
    told = parts(one.card)
    origin = {name: told.pop(name) for name in ORIGIN}
    told.pop("probe")
    return _grid({**told, " ": ""}), _grid(origin)


def _grid(told: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", width=_NAMES)
    grid.add_column(ratio=1)
    for name, value in told.items():
        grid.add_row(name.removesuffix("_labels").replace("_", " ").strip(), Text(clean(value)))
    return grid
