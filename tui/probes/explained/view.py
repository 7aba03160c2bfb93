"""What the direction of a probe is near to: classes by layer, vocabulary, texts and tokens."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from probing.errors import ProbingError
from probing.interventions.explained_rows import Explained
from probing.probes import Card
from tui.probes.explained.report import Plot, parts_of
from tui.probes.explained.work import Explaining, explaining
from tui.processes.background import Latest, in_background
from tui.texts.characters import is_ascii
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

SIDE_BY_SIDE = 150  # columns from which texts stand beside the tables
COUNTING = "counting what it takes …"
GOES_ON = "it goes on if you leave"


class ExplainView(Vertical):
    """Asks where it takes long, tells how far it is, and shows what was found; scrolls."""

    DEFAULT_CSS = """
    ExplainView {
        height: 1fr; width: 1fr;
        & > Static { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .of { color: $text-muted; }
        & > .state { height: auto; text-wrap: wrap; }
        & > VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        & > VerticalScroll > Static { height: auto; }
    }
    """
    BINDING_GROUP_TITLE = "In an explanation"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", id="explain.start", tooltip="Start what it takes"),
        Binding("C", "class", "The next class", id="explain.class", show=False),
        Binding("j", "move(1)", "Down", id="explain.down", show=False),
        Binding("k", "move(-1)", "Up", id="explain.up", show=False),
    ]
    help_line = "What the direction of a probe is near to, from one pass over its dataset."

    def __init__(self, logs: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.logs = logs
        self.path = Path()
        self.card: Card | None = None
        self.asked: Explaining | None = None
        self.found: Explained | None = None
        self._at_class = 0
        self._counting: Latest[Explaining] = Latest(self)
        self._drawing: Latest[Text | Table] = Latest(self)

    def compose(self) -> ComposeResult:
        """Which probe, how far it is, and what was found."""
        yield Static("", classes="of", markup=False)
        yield Static("", classes="state", markup=False)
        with VerticalScroll():
            yield Static("", id="explained", markup=False)

    @property
    def is_settled(self) -> bool:
        """Whether what it takes is told, and what is known is drawn."""
        return self._counting.is_over and self._drawing.is_over

    def open(self, path: Path, card: Card) -> None:
        """Explain a probe: at once where that is known or takes little, else ask."""
        self.path, self.card, self._at_class = path, card, 0
        self._begin()

    def _begin(self) -> None:
        card = self.card
        if card is None:
            return
        self.asked = self.found = None
        name = card.classes[self._at_class] if card.task == "multiclass" else ""
        whose = f" · direction of {name}, C: the next class" if name else ""
        self.query_one(".of", Static).update(clean(f"{card.run}/{card.name}{whose}"))
        self.query_one("#explained", Static).update("")
        self._tell(COUNTING)
        self.query_one(VerticalScroll).focus()
        work = partial(explaining, self.logs, self.path, card, name)
        self._counting.ask(work, self._counted)

    def _tell(self, line: str, look: str = "") -> None:
        self.query_one(".state", Static).update(Text(clean(line), style=look))

    def _counted(self, found: Explaining | ProbingError) -> None:
        if not self.is_mounted:
            return
        if isinstance(found, ProbingError):
            self._tell(str(found), "red")
            return
        self.asked = found
        if found.is_soon:
            self.action_start()
        else:
            self._tell(f"{found.cost}. Enter starts it; {GOES_ON}.", "yellow")

    def action_start(self) -> None:
        """Start the process, or show what it found before."""
        asked = self.asked
        if asked is None or self.found is not None:
            return
        self.asked = None
        self._tell(f"{asked.cost}; loading the model; {GOES_ON}", "yellow")

        def tell(told: dict[str, Any]) -> None:
            self.call_later(self._progress, asked, told)

        in_background(self, partial(asked.done, tell), partial(self._done, asked))

    def _is_shown(self, asked: Explaining) -> bool:
        """Whether it is still what the view is about."""
        card = self.card
        if not self.is_mounted or card is None or asked.card is not card:
            return False
        name = card.classes[self._at_class] if card.task == "multiclass" else ""
        return asked.request.class_name == name

    def _progress(self, asked: Explaining, told: dict[str, Any]) -> None:
        if not self._is_shown(asked):
            return
        if "told" in told:
            self._tell(f"{told['told']}; {GOES_ON}", "yellow")
        elif "of" in told:
            self._tell(f"{told['done']:,} of {told['of']:,} {told['units']}; {GOES_ON}", "yellow")

    def _done(self, asked: Explaining, found: Explained | ProbingError) -> None:
        if not self._is_shown(asked):
            return
        if isinstance(found, ProbingError):
            self.asked = asked
            self._tell(str(found), "red")
            return
        self.found = found
        self._tell("")
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Draw it in the new width."""
        self._draw()

    def _draw(self) -> None:
        if self.found is not None:
            work = partial(drawn, self.found, max(self.size.width - 4, 40))
            self._drawing.ask(work, self._show)

    def _show(self, found: Text | Table | ProbingError) -> None:
        if self.is_mounted and not isinstance(found, ProbingError):
            self.query_one("#explained", Static).update(found)

    def action_class(self) -> None:
        """Explain the direction of the next class."""
        if self.card is None or self.card.task != "multiclass":
            self.notify("this probe has one direction, not one for each class", timeout=3)
            return
        self._at_class = (self._at_class + 1) % len(self.card.classes)
        self._begin()

    def action_move(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def drawn(found: Explained, width: int) -> Text | Table:
    """What was found in so many columns: where there is room, the texts beside the tables."""
    is_wide = width >= SIDE_BY_SIDE
    room = width // 2 - 2 if is_wide else width
    first, second = Text(), Text()
    text = first
    for part in parts_of(found, room, ascii=is_ascii(), colour=True):
        if isinstance(part, str) and is_wide and part.startswith("texts of the highest"):
            text = second
        text.append_text(_text(part, room)).append("\n")
    if not is_wide:
        return first
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=room)
    grid.add_column(width=room)
    grid.add_row(first, second)
    return grid


def _text(part: Plot | TextTable | str, room: int) -> Text:
    if isinstance(part, Plot):
        return Text.from_ansi(part.drawn, no_wrap=True)
    if isinstance(part, TextTable):
        part.narrow(room)
        return Text.from_ansi("\n".join(part.lines(True, "─")), no_wrap=True)
    return Text(part)
