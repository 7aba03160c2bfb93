"""The place Models: every model, its configuration, what it takes, and its modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from probing.catalog import ModelFacts
from probing.errors import ProbingError, SpecError
from probing.query import fits
from probing.spec import ModelSpec, every_model
from tui.config.kept import part
from tui.dialogs.prompt import PromptScreen
from tui.models.facts_view import ASK, LOADING, facts_text
from tui.models.keys_and_layout import KEYS, LAYOUT
from tui.models.listing import COLUMNS, Listed, listed
from tui.models.needs import Needs, needs_of
from tui.processes.background import Latest, in_background
from tui.processes.computing.module_preview import modules_of
from tui.processes.known_facts import FactsBook
from tui.texts.completion import Facts, facts_of_rows
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterLine
from tui.widgets.path_suggester import PathSuggester
from tui.widgets.row_table import RowTable

WIDE = 110
EMPTY = "No model on this machine. Press a to type a hub id or a folder."
NO_MATCH = "No model matches the filter. Press / to change it; Esc clears it."


class ModelsPane(Widget):
    """The list of models, and the highlighted one."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    class Picked(Message):
        """The user puts a model into the draft, or takes it out."""

        def __init__(self, entry: ModelSpec) -> None:
            super().__init__()
            self.kind, self.entry = "models", entry

    def __init__(self, book: FactsBook, draft: Callable[[], Any], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.book = book
        self._draft = draft
        self._found: list[ModelSpec] | None = None
        self._added: list[ModelSpec] = []
        self._listed: list[Listed] = []
        self._needs: dict[ModelSpec, Needs] = {}
        self._modules: dict[ModelSpec, Mapping[str, Any] | ProbingError | str] = {}
        self._shown: ModelSpec | None = None
        self._needing: Latest[Needs] = Latest(self)

    def compose(self) -> ComposeResult:
        """The list with its filter, and the facts of a model."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield FilterLine("word, layers>12, params<1e9, causal=true …")
                yield RowTable(id="models-table", empty="looking for models …")
            with VerticalScroll(id="facts", can_focus=False):
                yield Static("", markup=False)

    @property
    def table(self) -> RowTable:
        """The list."""
        return self.query_one(RowTable)

    @property
    def one(self) -> Listed | None:
        """The highlighted model."""
        row = self.table.row
        return next((each for each in self._listed if row and each.key == row.key), None)

    @property
    def is_settled(self) -> bool:
        """Whether the list is there; the next key waits for it."""
        return self._found is not None

    def on_mount(self) -> None:
        """Find the models."""
        self.query_one(FilterLine).offer(self._facts)
        in_background(self, self.book.local_models, self._have_found)

    def _facts(self) -> Facts:
        """What a filter may name."""
        every = listed(self.book, self._entries(), self._draft().models)
        return facts_of_rows((one.searched for one in every), without=("facts",))

    def on_show(self) -> None:
        """The draft may have changed."""
        self.draft_changed()

    def kept_state(self) -> dict[str, Any]:
        """The filter and the row."""
        return {"filter": self.query_one(FilterLine).text, "table": self.table.kept_state()}

    def take_state(self, kept: dict[str, Any]) -> None:
        """Filter and row as they were."""
        if isinstance(text := kept.get("filter"), str):
            self.query_one(FilterLine).fill(text)
        self.table.take_state(part(kept, "table"))
        self._list()

    def draft_changed(self) -> None:
        """Mark what the draft has picked."""
        self._list()

    def on_resize(self, event: events.Resize) -> None:
        """Place list and facts side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")

    def _have_found(self, found: list[ModelFacts] | ProbingError) -> None:
        facts = [] if isinstance(found, ProbingError) else found
        self._found = [ModelSpec(one.name) for one in facts]
        self._list()

    def _entries(self) -> list[ModelSpec]:
        """Those of the draft and those added here, then every other by its name."""
        own = list(dict.fromkeys([*self._draft().models, *self._added]))
        names = {entry.model for entry in own}
        return own + [entry for entry in self._found or () if entry.model not in names]

    def _list(self, _: object = None) -> None:
        if not self.is_mounted:
            return
        line = self.query_one(FilterLine)
        every = listed(self.book, self._entries(), self._draft().models)
        try:
            self._listed = [one for one in every if fits(one.searched, line.text)]
            line.tell("")
        except ProbingError as error:
            line.tell(str(error))
            return
        if self._found is not None:
            self.table.empty = NO_MATCH if every else EMPTY
        self.table.show(COLUMNS, [one.row() for one in self._listed])
        self._show()

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show()

    def _show(self) -> None:
        """Show the highlighted model, and ask for what is not known of it."""
        one = self.one
        facts = self.query_one("#facts > Static", Static)
        if one is None:
            facts.update("")
            return
        if one.entry != self._shown:
            self._shown = one.entry
            self.query_one("#facts").scroll_home(animate=False)
        if one.facts is None:
            facts.update("reading its configuration …")
            in_background(self, partial(self.book.model, one.entry), self._list)
        elif isinstance(one.facts, ProbingError):
            facts.update(Text(f"✗ {clean(error_text(one.facts))}"))
        else:
            if one.entry not in self._needs:
                self._needing.ask(partial(needs_of, one.facts), partial(self._need, one.entry))
            facts.update(self._text(one, one.facts))

    def _text(self, one: Listed, facts: ModelFacts) -> Text:
        where = self.book.near(facts.folder) if facts.folder else "not on this machine"
        modules = self._modules.get(one.entry, ASK)
        return facts_text(one.entry.model, facts, where, self._needs.get(one.entry), modules)

    def _need(self, entry: ModelSpec, found: Needs | ProbingError) -> None:
        if not isinstance(found, ProbingError):
            self._needs[entry] = found
            self._show()

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_modules()

    def action_modules(self) -> None:
        """Load the model in a process of its own, and find its modules."""
        one = self.one
        if one is None or not isinstance(one.facts, ModelFacts):
            return
        if one.facts.folder is None:
            self.notify("its weights are not on this machine; a run fetches them", timeout=5)
            return
        if self._modules.get(one.entry) != LOADING:
            self._modules[one.entry] = LOADING
            self._show()
            in_background(
                self, partial(modules_of, one.entry), partial(self._have_modules, one.entry)
            )

    def _have_modules(self, entry: ModelSpec, found: Mapping[str, Any] | ProbingError) -> None:
        self._modules[entry] = found
        self._show()

    def action_pick(self) -> None:
        """Put the model into the draft, or take it out."""
        if self.one is not None:
            self.post_message(self.Picked(self.one.entry))

    def action_add(self) -> None:
        """Ask for an id or a folder."""

        def answered(line: str | None) -> None:
            try:
                named = every_model([ModelSpec(line)]) if line else ()
            except SpecError as error:
                self.notify(error_text(error), severity="error", markup=False)
                return
            self._added += named
            self._list()

        hint = "hub id (gpt2, org/name@revision, …@step{1000,2000}), folder or package:NAME"
        suggester = PathSuggester(self.book.base, ())
        self.app.push_screen(PromptScreen("Add a model", hint=hint, suggester=suggester), answered)

    def action_filter(self) -> None:
        """Filter the models."""
        self.query_one(FilterLine).enter()

    @on(FilterLine.Changed)
    def _filtered(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list()

    @on(FilterLine.Left)
    def _left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus()

    def action_zoom(self) -> None:
        """Hide or show the list."""
        self.toggle_class("-zoom")
        # what is hidden loses the focus, and a place without it has no keys
        facts = self.query_one("#facts")
        facts.can_focus = self.has_class("-zoom")
        (facts if facts.can_focus else self.table).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the facts."""
        self.query_one("#facts").scroll_relative(y=lines, animate=False)

    def action_back(self) -> None:
        """Leave the zoom, or the filter."""
        if self.has_class("-zoom"):
            self.action_zoom()
        else:
            self.query_one(FilterLine).drop()
