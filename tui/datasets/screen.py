"""The place Datasets: every dataset, its facts and audit, its texts, and their tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget

from probing.catalog import ModelFacts
from probing.errors import ProbingError
from probing.spec import DatasetSpec, ModelSpec, is_hub
from tui.config.kept import part
from tui.datasets.contents import Contents
from tui.datasets.detail import NO_TEXT, VIEWS, DatasetDetail, View
from tui.datasets.facts_view import facts_text
from tui.datasets.keys_and_layout import KEYS, LAYOUT
from tui.datasets.listing import COLUMNS, Listed
from tui.datasets.shelf import Shelf
from tui.datasets.texts_read import TextsRead
from tui.datasets.tokens import TokenCuts
from tui.dialogs.prompt import PromptScreen
from tui.dialogs.text_reader import Reading, TextReader
from tui.processes.background import Latest, in_background, in_turn
from tui.processes.known_facts import FactsBook
from tui.texts.completion import Facts, facts_of_rows
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterInput, FilterLine
from tui.widgets.path_suggester import PathSuggester
from tui.widgets.row_table import RowTable

WIDE = 110
REDRAW_S = 0.1
EMPTY = "No dataset found. Press a to add a path."
NO_MATCH = "No dataset matches the filter. Press / to change it; Esc clears it."
LARGE_FILE = "This file is large. Press Enter to read its texts."
READING = "reading …"
LEAST_WIDTH = 40


class DatasetsPane(Widget):
    """The list of datasets, and the highlighted one: facts, texts or tokens."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    class Picked(Message):
        """The user puts a dataset into the draft, or takes it out."""

        def __init__(self, entry: DatasetSpec) -> None:
            super().__init__()
            self.kind, self.entry = "datasets", entry

    def __init__(self, book: FactsBook, draft: Callable[[], Any], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.book = book
        self._shelf = Shelf(book, draft)
        self._listed: list[Listed] = []
        self._shown: tuple[str, ...] = ()
        self._is_redraw_due = False
        self._texts = TextsRead(self, book, self._have_texts)
        self._cuts = TokenCuts(self, lambda text: self.detail.show_tokens(text))
        self._auditing: Latest[None] = Latest(self)

    def compose(self) -> ComposeResult:
        """The list with its filter, and the dataset."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield FilterLine("word, task=binary, rows>1000, groups>0 …", id="list-filter")
                yield RowTable(id="datasets-table", empty="looking for datasets …")
            yield DatasetDetail()

    @property
    def table(self) -> RowTable:
        """The list."""
        return self.query_one("#datasets-table", RowTable)

    @property
    def detail(self) -> DatasetDetail:
        """The dataset."""
        return self.query_one(DatasetDetail)

    @property
    def one(self) -> Listed | None:
        """The highlighted dataset."""
        row = self.table.row
        return next((each for each in self._listed if row and each.key == row.key), None)

    @property
    def is_settled(self) -> bool:
        """Whether the list is there and the texts that a key acts on; the next key waits."""
        is_typed = isinstance(self.app.focused, FilterInput)
        is_read = self.detail.view != "texts" or self._texts.is_over
        return self._shelf.found is not None and (is_typed or is_read)

    def on_mount(self) -> None:
        """Find the datasets."""
        self.query_one("#list-filter", FilterLine).offer(self._facts)
        in_background(self, self.book.local_datasets, self._have_found)
        in_background(self, self.book.local_models, self._have_models)

    def _facts(self) -> Facts:
        """What a filter may name."""
        return facts_of_rows((one.searched for one in self._shelf.every()), without=("facts",))

    def on_show(self) -> None:
        """The draft may have changed."""
        self.draft_changed()

    def kept_state(self) -> dict[str, Any]:
        """The filter, the view and the row."""
        line = self.query_one("#list-filter", FilterLine)
        return {
            "filter": line.text,
            "view": self.detail.view,
            "table": self.table.kept_state(),
        }

    def take_state(self, kept: dict[str, Any]) -> None:
        """Filter, view and row as they were."""
        if isinstance(text := kept.get("filter"), str):
            self.query_one("#list-filter", FilterLine).fill(text)
        self.table.take_state(part(kept, "table"))
        if kept.get("view") in VIEWS:
            self.detail.turn(kept["view"])
        self._list()

    def draft_changed(self) -> None:
        """Mark what the draft has picked."""
        self._list()

    def on_resize(self, event: events.Resize) -> None:
        """Place list and dataset side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")
        self.call_after_refresh(self._show)

    def _have_found(self, found: list[DatasetSpec] | ProbingError) -> None:
        self._shelf.found = [] if isinstance(found, ProbingError) else found
        self._list()
        looks = [partial(self.book.glance, entry) for entry in self._shelf.entries()]
        in_turn(self, looks, self._news)

    def _have_models(self, found: list[ModelFacts] | ProbingError) -> None:
        facts = [] if isinstance(found, ProbingError) else [one for one in found if not one.error]
        local = [ModelSpec(one.name) for one in facts]
        self._cuts.models = list(dict.fromkeys([*self._shelf.draft().models, *local]))
        self._news()

    def _news(self, _: object = None) -> None:
        """Draw new facts, many at a time."""
        if not self._is_redraw_due:
            self._is_redraw_due = True
            self.set_timer(REDRAW_S, self._list)

    def _list(self) -> None:
        self._is_redraw_due = False
        if not self.is_mounted:
            return
        line, every = self.query_one("#list-filter", FilterLine), self._shelf.every()
        try:
            self._listed = self._shelf.matching(every, line.text)
            line.tell("")
        except ProbingError as error:
            line.tell(str(error))
            return
        if self._shelf.found is not None:
            self.table.empty = NO_MATCH if every else EMPTY
        self.table.show(COLUMNS, [one.row() for one in self._listed])
        self._show()
        self._audit_more()

    @on(RowTable.Highlighted, "#datasets-table")
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._show()

    def _show(self) -> None:
        """Show the highlighted dataset in the view that is open."""
        one = self.one
        if one is None:
            self._shown = ()
            self.detail.show_facts(line_of(None), from_top=True)
            self.detail.show_texts(None, (), "")
            return
        is_other, self._shown = one.key != self._shown, one.key
        if is_other:
            self.detail.filter.fill("")
        self._learn(one)
        self.detail.show_facts(self._facts_text(one), from_top=is_other)
        if self.detail.view == "texts":
            self._show_texts(one)
        if self.detail.view == "tokens":
            self._show_tokens(one)

    def _learn(self, one: Listed) -> None:
        """Read what is not known yet of a dataset: facts, then audit, then texts."""
        if one.facts is None:
            in_background(self, partial(self.book.dataset, one.entry), self._news)
        elif not isinstance(one.facts, ProbingError):
            if self.book.known_audit(one.entry) is None and one.entry != self._shelf.auditing:
                self._audit(one.entry)
            if self._texts.of(one) is None and self._texts.is_small(one):
                self._texts.ask(one, self.detail.filter.text)

    def _audit(self, entry: DatasetSpec) -> None:
        """Audit a dataset once no other is; then those in sight, one after the other."""

        def work() -> None:
            self._shelf.auditing = entry
            self.book.audit(entry)

        self._auditing.ask(work, self._audited)

    def _audited(self, _: object) -> None:
        self._shelf.auditing = None
        self._news()
        self._audit_more()

    def _audit_more(self) -> None:
        """Audit the first dataset in sight that was not, while the place is shown and idle."""
        table = self.table
        if not self.display or not self._auditing.is_over or not table.size.height:
            return
        top = round(table.scroll_target_y)
        for one in self._listed[top : top + table.size.height]:
            is_read = one.facts is not None and not isinstance(one.facts, ProbingError)
            is_due = is_read and self.book.known_audit(one.entry) is None
            if is_due and self._texts.is_small(one):
                self._audit(one.entry)
                return

    def _facts_text(self, one: Listed) -> Text:
        if isinstance(one.facts, ProbingError) or one.facts is None:
            return line_of(one.facts)
        audits = self.book.known_audit(one.entry)
        findings = audits[one.at] if audits else None
        width = max(self.detail.size.width - 3, LEAST_WIDTH)
        return facts_text(one.facts, findings, self._contents(one), width)

    def _contents(self, one: Listed) -> Contents | None:
        known = self._texts.of(one)
        return None if isinstance(known, ProbingError) else known

    def _have_texts(self, one: Listed, problem: ProbingError | None) -> None:
        if one.key == self._shown:
            self.detail.filter.tell("" if problem is None else str(problem))
            self._show()

    def _show_texts(self, one: Listed) -> None:
        known = self._texts.of(one)
        if isinstance(known, ProbingError):
            self.detail.show_texts(None, (), error_text(known))
        elif known is None:
            said = READING if self._texts.is_small(one) else LARGE_FILE
            self.detail.show_texts(None, (), said)
        else:
            rows = self._texts.rows(known, self.detail.filter.text)
            self.detail.show_texts(known, rows, NO_TEXT)
            self.detail.tell(self.detail.told_rows(known, rows))

    def _show_tokens(self, one: Listed) -> None:
        """Have a model cut the texts from the highlighted one on."""
        contents = self._contents(one)
        if contents is None or not self._cuts.models:
            said = READING if self._cuts.models else "no model on this machine"
            self.detail.show_tokens(line_of(None, said))
            return
        row = self.detail.table.row
        self.detail.tell(f"{self._cuts.model.model}   [ ] other models")
        first = int(row.key[0]) if row else 0
        self._cuts.ask(contents, first, self._shelf.draft().poolers)

    def action_turn(self) -> None:
        """Show the next view."""
        at = VIEWS.index(self.detail.view)
        self._turn(VIEWS[(at + 1) % len(VIEWS)])

    def _turn(self, view: View) -> None:
        self.detail.turn(view)
        self._cuts.forget()
        self._give_keys()
        self._show()

    def action_open(self) -> None:
        """Show the texts of the dataset; of a large file, read them now."""
        one = self.one
        if one is not None:
            self._turn("texts")
            if self._texts.of(one) is None:
                self._texts.ask(one, "")

    @on(RowTable.Chosen, "#datasets-table")
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_open()

    @on(RowTable.Chosen, "#texts-table")
    def _read_one(self, event: RowTable.Chosen) -> None:
        """Read the whole of a text."""
        event.stop()
        self.app.push_screen(TextReader(self._reading_of(0), self._further))

    def _further(self, by: int) -> Reading | None:
        table = self.detail.table
        if not 0 <= table.at + by < len(table.rows):
            return None
        table.action_move(by)
        return self._reading_of(0)

    def _reading_of(self, by: int) -> Reading:
        one, table = self.one, self.detail.table
        assert one is not None
        contents = self._contents(one)
        assert contents is not None
        row = contents.rows[int(table.rows[table.at + by].key[0])]
        facts = [f"label {row.label}", f"{len(row.text):,} characters"]
        facts += [f"group {row.group}"] * bool(row.group) + [f"split {row.part}"] * bool(row.part)
        return Reading(f"{one.name}, row {row.at}", row.text, ("   ".join(facts),))

    def action_pick(self) -> None:
        """Put the dataset into the draft, or take it out."""
        if self.one is not None:
            self.post_message(self.Picked(self.one.entry))

    def action_add(self) -> None:
        """Ask for a path or a glob."""

        def check(line: str) -> None:
            if not is_hub(line):  # which is asked in a thread
                self.book.paths(DatasetSpec(line))

        def answered(line: str | None) -> None:
            if line:
                self._shelf.added.append(DatasetSpec(line))
                in_background(self, partial(self.book.dataset, DatasetSpec(line)), self._news)
                self._list()

        hint = "path, folder or glob, such as my/*.jsonl, or hub:OWNER/NAME"
        suggester = PathSuggester(self.book.base, None)
        self.app.push_screen(
            PromptScreen("Add datasets", hint=hint, check=check, suggester=suggester), answered
        )

    def action_model(self, by: int) -> None:
        """Cut the texts with another model's tokenizer."""
        self._cuts.at += by
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Models are stepped through where tokens are shown."""
        return action != "model" or not self.is_mounted or self.detail.view == "tokens"

    def action_zoom(self) -> None:
        """Hide or show the list."""
        self.toggle_class("-zoom")
        self._give_keys()

    def _give_keys(self) -> None:
        """Focus the texts, or the list; where it is hidden, what is read: a place needs a focus."""
        is_read = self.has_class("-zoom") and self.detail.view != "texts"
        self.detail.let_be_read(is_read)
        table = self.detail.table if self.detail.view == "texts" else self.table
        (self.detail.side if is_read else table).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the facts or the tokens."""
        self.detail.scroll_by(lines)

    def action_other(self) -> None:
        """Go from the list to the texts, or back."""
        is_list = self.table.has_focus and self.detail.view == "texts"
        (self.detail.table if is_list else self.table).focus()

    def action_filter(self) -> None:
        """Filter the texts if they have the focus, else the datasets."""
        is_texts = self.detail.view == "texts" and not self.table.has_focus
        line = self.detail.filter if is_texts else self.query_one("#list-filter", FilterLine)
        line.enter()

    @on(FilterLine.Changed)
    def _filtered(self, event: FilterLine.Changed) -> None:
        event.stop()
        one = self.one
        if self.query_one("#list-filter", FilterLine).has_focus_within or one is None:
            self._list()
        else:
            self._texts.ask(one, self.detail.filter.text)
            self._show()

    @on(FilterLine.Left)
    def _left(self, event: FilterLine.Left) -> None:
        event.stop()
        (self.detail.table if self.detail.filter.text else self.table).focus()

    def action_back(self) -> None:
        """Leave the zoom, the filter, or the texts."""
        line = self.query_one("#list-filter", FilterLine)
        if self.has_class("-zoom"):
            self.action_zoom()
        elif self.detail.view == "texts" and self.detail.filter.text:
            self.detail.filter.drop()
        elif self.detail.view != "facts":
            self._turn("facts")
        elif line.text:
            line.drop()


def line_of(what: ProbingError | None, said: str = "") -> Text:
    """A line in the place of facts: an error, or why there are none."""
    return Text(f"✗ {error_text(what)}" if what is not None else clean(said))
