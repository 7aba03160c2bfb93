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
from probing.query import fits
from probing.spec import DatasetSpec, ModelSpec, is_hub
from tui.datasets.contents import Contents, TextRow, read
from tui.datasets.detail import NO_TEXT, VIEWS, DatasetDetail, View
from tui.datasets.facts_view import facts_text
from tui.datasets.keys_and_layout import KEYS, LAYOUT
from tui.datasets.listing import COLUMNS, Listed, listed
from tui.datasets.tokens import cut, poolers_of, tokens_text
from tui.dialogs.prompt import PromptScreen
from tui.dialogs.text_reader import Reading, TextReader
from tui.processes.background import Latest, in_background, in_turn
from tui.processes.known_facts import LARGE, FactsBook
from tui.texts.completion import Facts, facts_of_rows
from tui.texts.errors import error_text
from tui.texts.plans import counted
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
        self._draft = draft
        self._found: list[DatasetSpec] | None = None
        self._added: list[DatasetSpec] = []
        self._listed: list[Listed] = []
        self._read: dict[tuple[str, ...], Contents | ProbingError] = {}
        self._rows: tuple[TextRow, ...] = ()
        self._models: list[ModelSpec] = []
        self._model_at = 0
        self._shown: tuple[str, ...] = ()
        self._cut_for: object = None
        self._is_redraw_due = False
        self._reading: Latest[tuple[Contents, tuple[TextRow, ...]]] = Latest(self)
        self._cutting: Latest[list[dict[str, Any]]] = Latest(self)
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
        is_read = self.detail.view != "texts" or self._reading.is_over
        return self._found is not None and (is_typed or is_read)

    def on_mount(self) -> None:
        """Find the datasets."""
        self.query_one("#list-filter", FilterLine).offer(self._facts)
        in_background(self, self.book.local_datasets, self._have_found)
        in_background(self, self.book.local_models, self._have_models)

    def _facts(self) -> Facts:
        """What a filter may name."""
        every = listed(self.book, self._entries(), self._draft().datasets)
        return facts_of_rows((one.searched for one in every), without=("facts",))

    def on_show(self) -> None:
        """The draft may have changed."""
        self.draft_changed()

    def draft_changed(self) -> None:
        """Mark what the draft has picked."""
        self._list()

    def on_resize(self, event: events.Resize) -> None:
        """Place list and dataset side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")
        self.call_after_refresh(self._show)

    def _have_found(self, found: list[DatasetSpec] | ProbingError) -> None:
        self._found = [] if isinstance(found, ProbingError) else found
        self._list()
        in_turn(self, [partial(self.book.glance, entry) for entry in self._entries()], self._news)

    def _have_models(self, found: list[ModelFacts] | ProbingError) -> None:
        facts = [] if isinstance(found, ProbingError) else [one for one in found if not one.error]
        picked = list(self._draft().models)
        self._models = [*picked, *(ModelSpec(one.name) for one in facts)]
        self._models = list(dict.fromkeys(self._models))
        self._news()

    def _entries(self) -> list[DatasetSpec]:
        """Those of the draft and those added here, then every other by its path."""
        own = list(dict.fromkeys([*self._draft().datasets, *self._added]))
        paths = {entry.path for entry in own}
        return own + [entry for entry in self._found or () if entry.path not in paths]

    def _news(self, _: object = None) -> None:
        """Draw new facts, many at a time."""
        if not self._is_redraw_due:
            self._is_redraw_due = True
            self.set_timer(REDRAW_S, self._list)

    def _list(self) -> None:
        self._is_redraw_due = False
        if not self.is_mounted:
            return
        line = self.query_one("#list-filter", FilterLine)
        every = listed(self.book, self._entries(), self._draft().datasets)
        try:
            self._listed = [one for one in every if fits(one.searched, line.text)]
            line.tell("")
        except ProbingError as error:
            line.tell(str(error))
            return
        if self._found is not None:
            self.table.empty = NO_MATCH if every else EMPTY
        self.table.show(COLUMNS, [one.row() for one in self._listed])
        shown = counted(len(every), "dataset")
        self.query_one("#list").border_title = (
            f"{len(self._listed)} of {shown}" if line.text else shown
        )
        self._show()

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
        contents = self._contents(one)
        if isinstance(one.facts, ProbingError) or one.facts is None:
            self.detail.show_facts(line_of(one.facts), from_top=True)
        else:
            audits = self.book.known_audit(one.entry)
            findings = audits[one.at] if audits else None
            width = max(self.detail.size.width - 3, 40)
            text = facts_text(one.facts, findings, contents, width)
            self.detail.show_facts(text, from_top=is_other)
        if self.detail.view == "texts":
            self._show_texts(one)
        if self.detail.view == "tokens":
            self._show_tokens(one)

    def _learn(self, one: Listed) -> None:
        """Read what is not known yet of a dataset: facts, then audit, then texts."""
        if one.facts is None:
            in_background(self, partial(self.book.dataset, one.entry), self._news)
        elif not isinstance(one.facts, ProbingError):
            if self.book.known_audit(one.entry) is None:
                self._auditing.ask(partial(self.book.audit, one.entry), self._news)
            if one.key not in self._read and self._is_small(one):
                self._read_texts(one)

    def _contents(self, one: Listed) -> Contents | None:
        known = self._read.get(one.key)
        return None if isinstance(known, ProbingError) else known

    def _is_small(self, one: Listed) -> bool:
        try:
            return sum(path.stat().st_size for path in self.book.paths(one.entry)) < LARGE
        except (OSError, ProbingError):
            return False

    def _read_texts(self, one: Listed) -> None:
        """Read the texts, and keep those that pass the filter."""
        facts, query = one.facts, self.detail.filter.text
        if facts is None or isinstance(facts, ProbingError):
            return
        known = self._read.get(one.key)
        if isinstance(known, ProbingError) or (known and not query):
            return

        def work() -> tuple[Contents, tuple[TextRow, ...]]:
            contents = known or read(self.book.part_of(one.entry, one.at), facts.path)
            return contents, contents.matching(query)

        self._reading.ask(work, partial(self._have_texts, one))

    def _have_texts(
        self, one: Listed, found: tuple[Contents, tuple[TextRow, ...]] | ProbingError
    ) -> None:
        if isinstance(found, ProbingError) and one.key in self._read:
            self.detail.filter.tell(str(found))
            return
        if isinstance(found, ProbingError):
            self._read[one.key] = found
        else:
            self._read[one.key], self._rows = found
            self.detail.filter.tell("")
        if one.key == self._shown:
            self._show()

    def _show_texts(self, one: Listed) -> None:
        known = self._read.get(one.key)
        if isinstance(known, ProbingError):
            self.detail.show_texts(None, (), error_text(known))
        elif known is None:
            self.detail.show_texts(None, (), READING if self._is_small(one) else LARGE_FILE)
        else:
            rows = self._rows if self.detail.filter.text else known.rows
            self.detail.show_texts(known, rows, NO_TEXT)
            self.detail.tell(self.detail.told_rows(known, rows))

    def _show_tokens(self, one: Listed) -> None:
        """Have a model cut the texts from the highlighted one on."""
        contents, poolers = self._contents(one), poolers_of(self._draft().poolers)
        if contents is None or not self._models:
            said = READING if self._models else "no model on this machine"
            self.detail.show_tokens(line_of(None, said))
            return
        row = self.detail.table.row
        first = int(row.key[0]) if row else 0
        model = self._models[self._model_at % len(self._models)]
        wish = one.key, first, model, poolers
        if wish == self._cut_for:
            return
        self._cut_for = wish
        self.detail.tell(f"{model.model}   [ ] other models")
        self.detail.show_tokens(line_of(None, f"loading the tokenizer of {model.model} …"))
        work = partial(cut, contents, first, model, poolers)
        self._cutting.ask(work, partial(self._have_cut, contents, first))

    def _have_cut(
        self, contents: Contents, first: int, found: list[dict[str, Any]] | ProbingError
    ) -> None:
        if isinstance(found, ProbingError):
            self.detail.show_tokens(line_of(found))
        else:
            labels = contents.data.labels[first : first + len(found)]
            self.detail.show_tokens(tokens_text(found, labels, first))

    def action_turn(self) -> None:
        """Show the next view."""
        at = VIEWS.index(self.detail.view)
        self._turn(VIEWS[(at + 1) % len(VIEWS)])

    def _turn(self, view: View) -> None:
        self.detail.turn(view)
        self._cut_for = None
        (self.detail.table if view == "texts" else self.table).focus()
        self._show()

    def action_open(self) -> None:
        """Show the texts of the dataset; of a large file, read them now."""
        one = self.one
        if one is not None:
            self._turn("texts")
            if one.key not in self._read:
                self._read_texts(one)

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
                self._added.append(DatasetSpec(line))
                in_background(self, partial(self.book.dataset, self._added[-1]), self._news)
                self._list()

        hint = "path, folder or glob, such as my/*.jsonl, or hub:OWNER/NAME"
        suggester = PathSuggester(self.book.base, None)
        self.app.push_screen(
            PromptScreen("Add datasets", hint=hint, check=check, suggester=suggester), answered
        )

    def action_model(self, by: int) -> None:
        """Cut the texts with another model's tokenizer."""
        if self._models:
            self._model_at = (self._model_at + by) % len(self._models)
            self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Models are stepped through where tokens are shown."""
        return action != "model" or not self.is_mounted or self.detail.view == "tokens"

    def action_zoom(self) -> None:
        """Hide or show the list."""
        self.toggle_class("-zoom")
        is_texts = self.detail.view == "texts"
        (self.detail.table if is_texts else self.table).focus()

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
            self._read_texts(one)
            self._show()

    @on(FilterLine.Left)
    def _left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.action_zoom() if self.has_class("-zoom") and self.detail.view != "texts" else None
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
