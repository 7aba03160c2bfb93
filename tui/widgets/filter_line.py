"""The filter of a table: `/` opens it, Tab completes it, Enter keeps it, Esc clears it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tui.texts.completion import Candidate, Facts, candidates, inline
from tui.texts.sanitiser import clean
from tui.widgets.offering_input import OfferingInput

LISTED_FROM = 120
LEAST_HEIGHT = 30
GAP = 2


class FilterInput(OfferingInput):
    """The input of the filter: letters, digits and space are only text here, not keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Clear the filter", id="filter.drop"),
        Binding("tab", "complete", "Complete", id="filter.complete"),
        Binding("down", "choose(1)", "Next completion", id="filter.next", show=False),
        Binding("up", "choose(-1)", "Previous completion", id="filter.previous", show=False),
    ]

    class Left(Message):
        """Esc or Enter was pressed."""

    class Offered(Message):
        """What the end of the filter may become is another."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self.facts: Callable[[], Facts] = dict
        self.found: list[Candidate] = []
        self.at = 0
        self._facts: Facts = {}

    @property
    def is_listing(self) -> bool:
        """Whether there is room for a list of candidates below the line."""
        size = self.app.size
        return size.width >= LISTED_FROM and size.height >= LEAST_HEIGHT

    def learn(self) -> None:
        """Ask anew what the columns and their values are."""
        self._facts = self.facts()
        self._offer()

    def watch_value(self, value: str) -> None:
        """Find what the end may become."""
        self._offer()

    def _offer(self) -> None:
        self.found, self.at = candidates(self.value, self._facts), 0
        self._suggestion = inline(self.value, self.found)
        self.post_message(self.Offered())

    def action_choose(self, by: int) -> None:
        """Go to the next candidate."""
        known = [at for at, one in enumerate(self.found) if self.is_listing or self._goes_on(one)]
        if known:
            at = known.index(self.at) + by if self.at in known else 0
            self.at = known[at % len(known)]
            self._suggestion = inline(self.value, [self.found[self.at]])
            self.post_message(self.Offered())

    def _goes_on(self, one: Candidate) -> bool:
        return bool(inline(self.value, [one]))

    def action_complete(self) -> None:
        """Take the candidate that is highlighted, or that stands in the line."""
        listed = self.found[self.at].query if self.found and self.is_listing else ""
        taken = listed or self._suggestion
        if not taken:
            raise SkipAction
        self.value = taken
        self.cursor_position = len(taken)

    def action_drop(self) -> None:
        """Clear the filter and leave it."""
        self.value = ""
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        """Keep the filter and leave it."""
        self.post_message(self.Left())


class FilterLine(Vertical):
    """One line with the filter; hidden while there is none. What it may become stands below."""

    DEFAULT_CSS = """
    FilterLine {
        height: auto; display: none; padding: 0 1;
        &.-shown { display: block; }
        & > .line { height: 1; }
        & .slash { width: 2; color: $text-accent; text-style: bold; }
        & FilterInput {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface;
            &:focus { border: none; background: $surface-lighten-1; }
        }
        & .problem { width: auto; max-width: 60%; color: $text-error; padding-left: 1; }
        & > .candidates { height: 1; padding-left: 2; display: none; color: $text-muted; }
    }
    """

    class Changed(Message):
        """The filter changed."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Left(Message):
        """The user left the filter: the table gets the focus."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder, self._problem = placeholder, ""

    def compose(self) -> ComposeResult:
        """The slash, the filter, its error, and what it may become."""
        with Horizontal(classes="line"):
            yield Static("/", classes="slash")
            field = FilterInput(self._placeholder)
            field.can_focus = False
            yield field
            yield Static("", classes="problem", markup=False)
        yield Static("", classes="candidates", markup=False)

    @property
    def field(self) -> FilterInput:
        """What is typed into."""
        return self.query_one(FilterInput)

    @property
    def text(self) -> str:
        """The filter, empty where there is none."""
        return self.field.value.strip()

    def offer(self, facts: Callable[[], Facts]) -> None:
        """Complete from these columns and values, asked for whenever the filter is entered."""
        self.field.facts = facts

    def enter(self) -> None:
        """Show the line and take the focus."""
        self.add_class("-shown")
        self.field.can_focus = True
        self.field.focus()
        self.field.learn()

    def fill(self, query: str) -> None:
        """Set or clear the filter without posting `Changed`."""
        with self.prevent(Input.Changed):
            self.field.value = query
        self.tell("")
        self._close()

    def drop(self) -> None:
        """Empty the filter, and tell of the change."""
        self.field.value = ""
        self.field.can_focus = False
        self.remove_class("-shown")

    def _close(self) -> None:
        """A hidden field must not take the focus."""
        self.field.can_focus = False
        self.set_class(bool(self.text), "-shown")
        self.query_one(".candidates").display = False

    def tell(self, problem: str) -> None:
        """Show the error of the filter; empty if there is none."""
        if problem != self._problem:  # the line is laid out anew for another
            self._problem = problem
            self.query_one(".problem", Static).update(clean(problem))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post the change."""
        event.stop()
        self.post_message(self.Changed(self.text))

    def on_filter_input_offered(self, event: FilterInput.Offered) -> None:
        """List what the filter may become."""
        event.stop()
        field, line = self.field, self.query_one(".candidates", Static)
        line.display = field.can_focus and field.is_listing
        if line.display:
            told = listed(field.found, field.at, self.content_size.width - GAP)
            line.update(told, layout=False)

    def on_descendant_blur(self) -> None:
        """List nothing while another has the keys."""
        self.query_one(".candidates").display = False

    def on_filter_input_left(self, event: FilterInput.Left) -> None:
        """Hide the line if it is empty, and post `Left`."""
        event.stop()
        self._close()
        self.post_message(self.Left())


def listed(found: list[Candidate], at: int, width: int) -> Text:
    """Candidates on one line, from the first or, where there is no room, from one before `at`."""
    first = at
    while first and sum(cell_len(one.shown) + GAP for one in found[first - 1 : at + 1]) <= width:
        first -= 1
    text = Text(no_wrap=True, overflow="ellipsis")
    for place, one in enumerate(found[first:], first):
        text.append(one.shown, "reverse" if place == at else "").append(" " * GAP)
        if text.cell_len > width:
            break
    return text
