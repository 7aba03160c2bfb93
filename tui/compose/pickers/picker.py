"""A picker: a list of entries of one kind, and the details of the highlighted one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import OptionList, Static

from probing.errors import SpecError
from probing.query import fits
from probing.spec import Entry
from tui.compose.draft import Draft
from tui.compose.pickers.entries import PickerEntries
from tui.dialogs.form import FormScreen
from tui.texts.completion import Facts, facts_of_rows
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterLine
from tui.widgets.pick_list import PickList, PickRow
from tui.widgets.steady import Steady


class Picker(Vertical):
    """Picks entries of one kind; subclasses say how to show and to edit them."""

    KIND: ClassVar[str]
    TITLE: ClassVar[str]
    help_line: ClassVar[str]
    EMPTY: ClassVar[str] = "nothing here; press a to add one"

    class Toggled(Message):
        """The user picked or unpicked an entry."""

        def __init__(self, kind: str, entry: Entry) -> None:
            super().__init__()
            self.kind, self.entry = kind, entry

    class Exchanged(Message):
        """The user replaced an entry by another."""

        def __init__(self, kind: str, old: Entry, new: Entry) -> None:
            super().__init__()
            self.kind, self.old, self.new = kind, old, new

    class Opened(Message):
        """The user clicked: open this picker."""

        def __init__(self, picker: Picker) -> None:
            super().__init__()
            self.picker = picker

    class Highlighted(Message):
        """The cursor is on an entry: its facts may be read now."""

        def __init__(self, kind: str, entry: Entry) -> None:
            super().__init__()
            self.kind, self.entry = kind, entry

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.border_title = self.TITLE
        self._offer = PickerEntries(self.KIND, self.key)
        self._rows: list[Entry] = []
        self._new: Entry | None = None
        self._awaited = ""
        self._n_above: int | None = None

    def key(self, entry: Entry) -> Hashable:
        """What makes two entries versions of one."""
        raise NotImplementedError

    def name_of(self, entry: Entry) -> str:
        """The name of an entry in the list."""
        raise NotImplementedError

    def facts_of(self, entry: Entry) -> str:
        """Short facts beside the name."""
        raise NotImplementedError

    def columns_of(self, entry: Entry) -> Mapping[str, object]:
        """The values that the filter compares, by column."""
        return {}

    def detail_of(self, entry: Entry) -> Text:
        """The details of an entry."""
        raise NotImplementedError

    def edit(self, entry: Entry) -> None:
        """Let the user change an entry."""
        raise NotImplementedError

    def add(self) -> None:
        """Let the user type a new entry."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Title, filter and list, then the details of the highlighted entry."""
        yield Steady(markup=False, classes="section-title")
        with Vertical(classes="section-body"):
            with Vertical(classes="list-side"):
                yield FilterLine("type to filter")
                yield Steady(self.EMPTY, markup=False, classes="empty")
                yield PickList()
            with VerticalScroll(classes="detail-side", can_focus=False):
                yield Steady(markup=False, classes="detail")

    def on_mount(self) -> None:
        """Show the entries."""
        self.query_one(FilterLine).offer(self._facts)
        self.redraw()

    def _facts(self) -> Facts:
        """What a filter may name."""
        return facts_of_rows(map(self._searched, self._offer.entries()), without=("facts",))

    def kept_state(self) -> dict[str, Any]:
        """The filter, the entry under the cursor, and how many rows are shown above it."""
        entry = self.highlighted
        name = self.name_of(entry) if entry is not None else self._awaited
        above = self.query_one(PickList).n_above if entry is not None else self._n_above
        return {"filter": self.query_one(FilterLine).text, "entry": name, "above": above}

    def take_state(self, kept: dict[str, Any]) -> None:
        """Filter as before; stand on the same entry once it is there."""
        query, name = kept.get("filter"), kept.get("entry")
        self._awaited = name if isinstance(name, str) else ""
        above = kept.get("above")
        self._n_above = above if isinstance(above, int) and above >= 0 else None
        if isinstance(query, str) and query:
            self.query_one(FilterLine).fill(query)
        self.redraw()

    def entries(self) -> Sequence[Entry]:
        """All that can be picked."""
        return self._offer.entries()

    def offer(self, entries: Sequence[Entry]) -> None:
        """Set the entries that can be picked."""
        self._offer.set_there(entries)
        self.redraw()

    def show(self, draft: Draft) -> None:
        """Show what `draft` has picked."""
        self._offer.set_draft(draft)
        self.redraw()

    def enter(self) -> None:
        """Take the focus."""
        self.query_one(PickList).focus()

    @property
    def highlighted(self) -> Entry | None:
        """The entry under the cursor."""
        at = self.query_one(PickList).highlighted
        return None if at is None or at >= len(self._rows) else self._rows[at]

    def redraw(self) -> None:
        """Draw the title, the rows that pass the filter, and the detail."""
        if not self.is_mounted:
            return
        stood_on = self.highlighted if self._new is None else self._new
        entries = self._offer.entries()
        self._rows = self._fitting(entries)
        self._fill(stood_on)
        self._new = None if self._new in self._rows else self._new
        self._draw_title(len(entries))
        self._draw_detail()

    def _fitting(self, entries: Sequence[Entry]) -> list[Entry]:
        line = self.query_one(FilterLine)
        try:
            found = [entry for entry in entries if fits(self._searched(entry), line.text)]
        except SpecError as error:
            line.tell(error.what)
            return []
        line.tell("")
        return found

    def _searched(self, entry: Entry) -> Mapping[str, object]:
        return {
            "name": self.name_of(entry),
            "facts": self.facts_of(entry),
            "picked": str(self._is_picked(entry)).lower(),
            **self.columns_of(entry),
        }

    def _fill(self, stood_on: Entry | None) -> None:
        at = self._rows.index(stood_on) if stood_on in self._rows else None
        names = [self.name_of(entry) for entry in self._rows] if self._awaited else []
        above = None
        if self._awaited in names:
            at, self._awaited = names.index(self._awaited), ""
            above, self._n_above = self._n_above, None
        self.query_one(PickList).fill([self._row(entry) for entry in self._rows], at, above)
        empty = self.query_one(".empty", Static)
        empty.display = not self._rows
        empty.update(f"nothing matches {clean(self._needle)!r}" if self._needle else self.EMPTY)

    @property
    def _needle(self) -> str:
        return self.query_one(FilterLine).text

    def _row(self, entry: Entry) -> PickRow:
        name, facts = clean(self.name_of(entry)), clean(self.facts_of(entry))
        return PickRow(name, facts, self._is_picked(entry))

    def _is_picked(self, entry: Entry) -> bool:
        return entry in self._offer.picked

    def _draw_title(self, n_entries: int) -> None:
        picked = self._offer.picked
        count = f"{len(picked)} of {n_entries}" if n_entries else "none"
        needle = f"  /{clean(self._needle)}" if self._needle else ""
        names = ", ".join(clean(self.summary_of(entry)) for entry in picked) or "pick at least one"
        is_open = self.has_class("-open")
        self.set_class(not picked, "-lacking")
        is_wide = self.screen.has_class("-wide")
        mark = "▾" if is_open or is_wide else "▸"
        said = f"{count}{needle}" if is_open or is_wide else names
        self.query_one(".section-title", Static).update(f"{mark} {self.TITLE:<6} {said}")

    def summary_of(self, entry: Entry) -> str:
        """A picked entry in the title of a closed picker."""
        return self.name_of(entry)

    def _draw_detail(self) -> None:
        entry = self.highlighted
        self.query_one(".detail", Static).update(Text() if entry is None else self.detail_of(entry))

    @on(PickList.Asked)
    def _asked(self, message: PickList.Asked) -> None:
        message.stop()
        entry = self.highlighted
        if message.what == "filter":
            self.query_one(FilterLine).enter()
        elif message.what == "drop":
            self.query_one(FilterLine).drop()
        elif message.what == "add":
            self.add()
        elif message.what in ("up", "down"):
            by = 3 if message.what == "down" else -3
            self.query_one(".detail-side").scroll_relative(y=by, animate=False)
        elif entry is not None and message.what == "toggle":
            self._toggle(entry)
        elif entry is not None:
            self.edit(entry)

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self._toggle(self._rows[message.option_index])

    def _toggle(self, entry: Entry) -> None:
        """Have an entry picked, or unpicked; its options stay."""
        self._offer.remember(entry)
        self.post_message(self.Toggled(self.KIND, entry))

    @on(OptionList.OptionHighlighted)
    def _moved(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        self._draw_detail()
        self.query_one(".detail-side").scroll_home(animate=False)
        if self.highlighted is not None:
            self.post_message(self.Highlighted(self.KIND, self.highlighted))

    @on(FilterLine.Changed)
    def _filtered(self, message: FilterLine.Changed) -> None:
        message.stop()
        self.redraw()

    @on(FilterLine.Left)
    def _left(self, message: FilterLine.Left) -> None:
        message.stop()
        self.enter()

    def pick(self, entry: Entry) -> None:
        """Pick `entry`, even if it is picked already."""
        self._new = entry
        self.post_message(self.Exchanged(self.KIND, entry, entry))

    def ask_form(self, form: FormScreen, old: Entry) -> None:
        """Show a form and replace `old` by its entry."""

        def answered(new: Entry | None) -> None:
            if new is not None:
                self._new = new
                self.post_message(self.Exchanged(self.KIND, old, new))

        self.app.push_screen(form, answered)

    def on_click(self, event: events.Click) -> None:
        """A click anywhere opens the picker."""
        self.post_message(self.Opened(self))
