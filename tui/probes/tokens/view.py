"""Layers × tokens: a text that is typed, and the score of each token at each layer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static, TextArea

from probing.errors import ProbingError
from probing.probes import Card
from tui.plot.grids.heat import Heat
from tui.plot.grids.heat_grid import HeatGrid
from tui.probes.tokens.heat_of_text import HeatOfText, heat_of
from tui.probes.tokens.held_out_texts import HeldOutText, held_out_texts, is_whole
from tui.probes.tokens.lines import (
    cell_line,
    colours_line,
    held_out_line,
    title_of,
    typed_line,
)
from tui.processes.background import Latest
from tui.processes.computing.text_scorer import TextScorer
from tui.texts.sanitiser import clean

WAITING = "Type a text above: the score of each of its tokens at each layer appears here."
NO_TEXTS = "the run of these probes kept no texts that it tested"


class TokensView(Vertical):
    """A field for the text, the heatmap below it, and what the cursor reads."""

    DEFAULT_CSS = """
    TokensView {
        height: 1fr; width: 1fr;
        & > Static { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .of { color: $text-muted; }
        & > TextArea { height: 4; border: round $primary-muted; padding: 0; }
        & > TextArea:focus { border: round $primary; }
        & > .legend { height: auto; max-height: 3; color: $text-muted; text-wrap: wrap; }
    }
    """
    BINDING_GROUP_TITLE = "In layers × tokens"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,enter", "type", "Type", id="tokens.type", tooltip="Type a text"),
        Binding("n", "step(1)", "Next text", id="tokens.next", tooltip="Next text of the dataset"),
        Binding("N,p", "step(-1)", "Previous", id="tokens.previous", tooltip="Previous text"),
        Binding("o", "turn", "Order", id="tokens.order", tooltip="The worst texts first, or last"),
        Binding("C", "class(1)", "Scores of the next class", id="tokens.class", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cards: tuple[Card, ...] = ()
        self.paths: tuple[Path, ...] = ()
        self.shown: HeatOfText | None = None
        self._told: dict[str, Any] | None = None
        self._scorer: TextScorer | None = None
        self._at_class = 0
        self._asked, self._answered, self._since = 0, 0, 0.0
        self._stage = self._problem = self._device = ""
        self._texts: list[HeldOutText] = []
        self._at_text: int | None = None
        self._is_best_first = False
        self._reading: Latest[list[HeldOutText]] = Latest(self)
        self._ticks: Timer | None = None
        self._of_layer: Card | None = None

    def compose(self) -> ComposeResult:
        """Which probes, the text, what is known of it, the heatmap, and what the cursor reads."""
        yield Static("", classes="of", markup=False)
        yield TextArea("", soft_wrap=True, tab_behavior="focus", placeholder="type a text")
        yield Static("", classes="known", markup=False)
        yield Static("", classes="legend", markup=False)
        yield Static("", classes="read", markup=False)
        yield HeatGrid(empty=WAITING)

    @property
    def is_settled(self) -> bool:
        """Whether the texts of the dataset are there, through which the next key may step."""
        return self._reading.is_over

    @property
    def grid(self) -> HeatGrid:
        """The heatmap."""
        return self.query_one(HeatGrid)

    @property
    def field(self) -> TextArea:
        """The text."""
        return self.query_one(TextArea)

    def open(self, paths: Sequence[Path], cards: Sequence[Card], chosen: Card) -> None:
        """Show the probes of `cards`, one for each layer, and start their process."""
        if tuple(paths) != self.paths or self._scorer is None:
            self.close()
            self.paths, self.cards = tuple(paths), tuple(cards)
            self._told, self.shown, self._texts, self._at_text = None, None, [], None
            self._at_class = 0
            self.grid.show(Heat(), WAITING)
            self._start()
        self._of_layer = chosen
        self.query_one(".of", Static).update(title_of(self.cards))
        self._read_texts(chosen)
        self._describe()
        self.field.focus()
        self._ask()

    def close(self) -> None:
        """End the process."""
        if self._scorer is not None:
            self._scorer.close()
            self._scorer = None
        if self._ticks is not None:
            self._ticks.stop()

    def on_unmount(self) -> None:
        """Leave no process behind."""
        self.close()

    def _start(self) -> None:
        self._stage, self._problem, self._device = "starting", "", ""
        self._since = time.monotonic()
        request = {"probes": [str(path.absolute()) for path in self.paths], "device": "auto"}
        self._scorer = TextScorer(self, request, self._take)
        self._scorer.start()
        self._ticks = self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        """Tell how long it has been waited for."""
        if self._stage or self._asked != self._answered:
            self._describe()

    def _take(self, told: dict[str, Any] | ProbingError) -> None:
        if isinstance(told, ProbingError):
            self._problem, self._stage = str(told), ""
        elif "told" in told:
            self._stage = str(told["told"])
        elif "ready" in told:
            self._stage, self._device = "", str(told["ready"]["device"])
        elif "refused" in told:
            self._problem, self._answered = str(told["refused"]), int(told["id"])
        elif "tokens" in told:
            self._problem, self._answered, self._told = "", int(told["id"]), told
            self._draw()
        self._describe()

    def _draw(self) -> None:
        if self._told is not None:
            self.shown = heat_of(self._told, self.cards, self._at_class)
            self.grid.show(self.shown.heat)

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._ask()
        self._describe()

    def _ask(self) -> None:
        """Ask about the text that stands there."""
        text = self.field.text
        if self._scorer is None or not text.strip():
            return
        self._asked += 1
        if not self._stage:
            self._since = time.monotonic()
        one = self._tested
        as_is = one is not None and is_whole(self.cards[0])
        self._scorer.ask(self._asked, text, as_is=as_is)

    @property
    def _tested(self) -> HeldOutText | None:
        """The text of the dataset that stands in the field, if it does."""
        if self._at_text is None or not self._texts:
            return None
        one = self._texts[self._at_text]
        return one if one.text == self.field.text else None

    def _read_texts(self, card: Card) -> None:
        path = self.paths[self.cards.index(card)]
        self._reading.ask(lambda: held_out_texts(path, card), self._take_texts)

    def _take_texts(self, found: list[HeldOutText] | ProbingError) -> None:
        if self.is_mounted and not isinstance(found, ProbingError):
            self._texts, self._at_text = found, None
            self._describe()

    def action_type(self) -> None:
        """Type in the field."""
        self.field.focus()

    def action_step(self, by: int) -> None:
        """Show the next text of the dataset."""
        if not self._texts:
            reading = "the texts are being read" if not self._reading.is_over else NO_TEXTS
            self.notify(reading, timeout=3)
            return
        at = (0 if by > 0 else -1) if self._at_text is None else self._at_text + by
        self._at_text = at % len(self._texts)
        self.field.load_text(self._texts[self._at_text].text)

    def action_turn(self) -> None:
        """Turn the order of the texts round."""
        self._is_best_first = not self._is_best_first
        self._texts.reverse()
        self._at_text = None
        self.action_step(1)

    def action_class(self, by: int) -> None:
        """Show the scores of another class."""
        if not self.cards or self.cards[0].task != "multiclass":
            self.notify("these probes have one score, not one for each class", timeout=3)
            return
        self._at_class = (self._at_class + by) % len(self.cards[0].classes)
        self._draw()
        self._describe()

    @on(HeatGrid.Moved)
    def _moved(self, event: HeatGrid.Moved) -> None:
        event.stop()
        self._describe()

    def _describe(self) -> None:
        """Say what is known of the text, what the cursor reads, and what the colours mean."""
        self.query_one(".known", Static).update(self._known())
        self.query_one(".read", Static).update(self._read())
        self.query_one(".legend", Static).update(self._legend())

    def _known(self) -> Text:
        """What is known of the text."""
        order, n = "best first" if self._is_best_first else "worst first", len(self._texts)
        one = self._tested
        if one is None or self._of_layer is None:
            return typed_line(self.cards[0], n, order) if self.cards else Text("")
        at = f"{(self._at_text or 0) + 1:,} of {n:,}, {order}"
        return held_out_line(at, one, self._of_layer.place.layers[0])

    def _read(self) -> Text:
        """What the cursor reads."""
        if self.shown is None or self._told is None or not self.shown.heat.rows:
            return Text("")
        return cell_line(self.shown, self._told, self.grid.row, self.grid.column, self._at_class)

    def _legend(self) -> Text:
        """What is waited for or went wrong, or what the colours mean and how long it took."""
        if self._problem:
            return Text(clean(self._problem), style="red")
        waited = time.monotonic() - self._since
        if self._stage:
            return Text(f"{clean(self._stage)} · {waited:.0f} s", style="yellow")
        if self.shown is None or self._told is None:
            return Text("")
        spent = f"{self._told['elapsed_s']:.2f} s on {self._device}"
        if self._asked != self._answered and waited > 1:
            spent = f"scoring · {waited:.0f} s"
        colours = colours_line(self.shown, self._at_class)
        seen = self.grid.told_range and f"tokens {self.grid.told_range}"
        return Text(clean(" · ".join(part for part in (colours, seen, spent) if part)))
