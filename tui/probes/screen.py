"""The place Probes: the saved probes of all runs, and what they say of texts."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static, TextArea

from probing.errors import ProbingError
from probing.probes import Card
from probing.probes.by_layer import Kin, beside, kin_of, reads_one_layer
from probing.probes.lookup import SavedProbe
from probing.query import fits
from tui.probes.cosines.view import CosineView
from tui.probes.desk import ProbeDesk
from tui.probes.detail import ProbeDetail
from tui.probes.explained.view import ExplainView
from tui.probes.keys_and_layout import KEYS, LAYOUT
from tui.probes.listing import Listing, is_of_fold, key_of, listing_of, query_row
from tui.probes.neighbours import Neighbours, neighbours_of
from tui.probes.shelf import Shelf
from tui.probes.tokens.view import TokensView
from tui.processes.background import Latest
from tui.processes.tailer import Tailer
from tui.texts.completion import facts_of_rows
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterInput, FilterLine
from tui.widgets.row_table import RowTable

EMPTY = 'No saved probes yet: run a spec with save_probes = "all", or with select.'
READING = "Reading the saved probes …"
NO_MATCH = "No probe matches the filter. Press / to change it; Esc clears it."
WIDE = 120
VIEWS = ("-tokens", "-cosines", "-explain")
OF_LIST = {binding.action.partition("(")[0] for binding in KEYS if isinstance(binding, Binding)}


class ProbesPane(Widget):
    """The list of probes and the details of one; over both, the views of a probe."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self, tailer: Tailer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shelf = Shelf(tailer.logs)
        self.probes: list[SavedProbe] = []
        self.marked: list[tuple[str, ...]] = []
        self.desk = ProbeDesk(self, self._look)
        self._by_key: dict[tuple[str, ...], SavedProbe] = {}
        self._has_read = False
        self._wanted: Kin | None = None
        self._reading: Latest[list[SavedProbe]] = Latest(self)
        self._nearing: Latest[Neighbours] = Latest(self)

    def compose(self) -> ComposeResult:
        """The list with its filter, the details, and the views."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield FilterLine("word, layer>3, dataset=truth, score>=.8, chosen=yes …")
                yield Static("", id="counts", markup=False)
                yield RowTable(id="probes-table", empty=READING)
            yield ProbeDetail()
        yield TokensView()
        yield CosineView()
        yield ExplainView(self.shelf.logs)

    @property
    def table(self) -> RowTable:
        """The list."""
        return self.query_one(RowTable)

    @property
    def tokens(self) -> TokensView:
        """Layers × tokens."""
        return self.query_one(TokensView)

    @property
    def one(self) -> SavedProbe | None:
        """The highlighted probe."""
        row = self.table.row
        return self._by_key.get(row.key) if row else None

    @property
    def chosen(self) -> list[SavedProbe]:
        """The marked probes, or the highlighted one."""
        marked = [self._by_key[key] for key in self.marked if key in self._by_key]
        return marked or ([self.one] if self.one else [])

    @property
    def is_settled(self) -> bool:
        """Whether the list is that asked for last; the next key waits for it."""
        if isinstance(self.app.focused, (FilterInput, TextArea)):
            return True
        views = (self.tokens, self.query_one(CosineView), self.query_one(ExplainView))
        return self._reading.is_over and all(view.is_settled for view in views)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only Esc leaves a view; the other keys are those of the list."""
        return action == "back" or action not in OF_LIST or not self._view

    def on_mount(self) -> None:
        """Read the probes."""
        self.query_one(FilterLine).offer(lambda: facts_of_rows(map(self._filtered, self.probes)))
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """Place list and details side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")

    def refresh_runs(self, changed: list[str]) -> None:
        """Look for new probes where runs changed."""
        if self.is_mounted and changed:
            self._look()

    def _look(self) -> None:
        self._reading.ask(self.shelf.read, self._take)

    def _take(self, found: list[SavedProbe] | ProbingError) -> None:
        if not self.is_mounted:
            return
        self._has_read = True
        if isinstance(found, ProbingError):
            self.notify(clean(found), severity="error", markup=False)
            return
        self.probes, self._by_key = found, {key_of(one): one for one in found}
        self.marked = [key for key in self.marked if key in self._by_key]
        self._list()
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.show_series(wanted)

    def _filtered(self, one: SavedProbe) -> dict[str, Any]:
        return query_row(one, self.shelf.tags)

    def _list(self) -> None:
        line = self.query_one(FilterLine)
        try:
            kept = [one for one in self.probes if fits(self._filtered(one), line.text)]
            of_folds = [] if "fold" in line.text else [one for one in kept if is_of_fold(one)]
        except ProbingError as error:
            line.tell(str(error))
            return
        line.tell("")
        empty = EMPTY if self._has_read else READING
        self.table.empty = NO_MATCH if self.probes else empty
        kept = [one for one in kept if not is_of_fold(one)] if of_folds else kept
        listing = listing_of(kept, self.marked)
        self.table.show(listing.columns, listing.rows)
        self.query_one("#counts", Static).update(self._counts(len(kept), len(of_folds), listing))

    def _counts(self, n_kept: int, n_of_folds: int, listing: Listing) -> str:
        n, n_bad = len(self.probes), sum(one.card is None for one in self.probes)
        parts = [f"{n_kept:,} of {counted(n, 'probe')}" if n_kept < n else counted(n, "probe")]
        parts += [f"{n_bad:,} damaged"] if n_bad else []
        parts += [f"{n_of_folds:,} of folds: / fold>=0"] if n_of_folds else []
        parts += [f"{len(self.marked):,} marked"] if self.marked else []
        return " · ".join([*parts, *listing.shared]) if n else ""

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._describe()

    def _describe(self) -> None:
        """Show the highlighted probe, and look for its neighbours."""
        detail, one = self.query_one(ProbeDetail), self.one
        detail.show(one)
        if one is None or one.card is None:
            return
        every = list(self.probes)
        self._nearing.ask(
            partial(neighbours_of, one, every), partial(self._show_neighbours, key_of(one))
        )

    def _show_neighbours(self, key: tuple[str, ...], found: Neighbours | ProbingError) -> None:
        if self.is_mounted and self.one is not None and key_of(self.one) == key:
            told = str(found) if isinstance(found, ProbingError) else found
            self.query_one(ProbeDetail).show_neighbours(told)

    @property
    def _view(self) -> str:
        """The class of the view that lies over the list; none where the list is seen."""
        return next((one for one in VIEWS if self.has_class(one)), "")

    def _open_view(self, view: str) -> None:
        self.remove_class(*VIEWS)
        self.add_class(view)
        self.refresh_bindings()

    def _of_series(self, card: Card) -> list[SavedProbe]:
        """The probes that differ from one in their layer alone, by layer, and itself."""
        known = [other for other in self.probes if other.card is not None]
        cards = [other.card for other in known if other.card is not None]
        own = beside(card, cards)
        if card not in [cards[at] for at in own]:
            own = [cards.index(card)]
        return [known[at] for at in own]

    def show_series(self, kin: Kin) -> bool:
        """Open layers × tokens for the probes of a series; False where there are none."""
        if not self._has_read:
            self._wanted = kin
            return True
        own = [one for one in self.probes if one.card and kin_of(one.card) == kin]
        if not own:
            return False
        self.query_one(FilterLine).fill("")
        self._list()
        self.table.highlight(key_of(own[-1]))
        self.call_after_refresh(self.action_tokens)
        return True

    def action_tokens(self) -> None:
        """Show layers × tokens of the highlighted probe and those of its other layers."""
        one = self.one
        if one is None or one.card is None:
            self.notify("choose a probe that can be used", timeout=3)
            return
        if not reads_one_layer(one.card):
            self.notify("its tokens have no scores: it reads several layers, or is of one fold")
            return
        own = self._of_series(one.card)
        cards = [other.card for other in own if other.card is not None]
        self._open_view("-tokens")
        self.tokens.open([other.path for other in own], cards, one.card)

    def action_cosines(self) -> None:
        """Compare the marked probes, or those of all layers of the highlighted series."""
        if self.one is None or self.one.card is None:
            self.notify("choose a probe that can be used", timeout=3)
            return
        own = self.chosen if len(self.marked) > 1 else self._of_series(self.one.card)
        self._open_view("-cosines")
        self.query_one(CosineView).open([one.path for one in own if one.card is not None])

    def action_explain(self) -> None:
        """Show what the direction of the highlighted probe is near to."""
        one = self.one
        if one is None or one.card is None:
            self.notify("choose a probe that can be used", timeout=3)
            return
        self._open_view("-explain")
        self.query_one(ExplainView).open(one.path, one.card)

    @on(RowTable.Chosen)
    def _opened(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_tokens()

    def action_back(self) -> None:
        """Leave the field, the view, the zoom, or the filter: the first there is."""
        line = self.query_one(FilterLine)
        if self._view:
            if self.tokens.field.has_focus:
                self.tokens.grid.focus()
                return
            self.tokens.close()
            self.remove_class(*VIEWS)
            self.refresh_bindings()
            self.table.focus()
        elif self.has_class("-zoom"):
            self.action_zoom()
        else:
            line.drop()

    def action_filter(self) -> None:
        """Filter the list."""
        self.remove_class("-zoom", *VIEWS)
        self.query_one(FilterLine).enter()

    @on(FilterLine.Changed)
    def _filter(self) -> None:
        self._list()

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()

    def action_zoom(self) -> None:
        """Hide the list, or show it again."""
        self.toggle_class("-zoom")
        (self.query_one(ProbeDetail) if self.has_class("-zoom") else self.table).focus()

    def action_mark(self) -> None:
        """Mark the highlighted probe, or not."""
        if self.one is not None:
            key = key_of(self.one)
            self.marked.remove(key) if key in self.marked else self.marked.append(key)
            self._list()

    def action_unmark(self) -> None:
        """Mark none."""
        self.marked.clear()
        self._list()

    def action_copy(self) -> None:
        """Copy the marked probes, or the highlighted one, as a command, Python or path."""
        self.desk.copy(self.chosen)

    def action_export(self) -> None:
        """Write the marked probes, or the highlighted one, for other programs."""
        self.desk.export(self.chosen)

    def action_remove(self) -> None:
        """Move the marked probes, or the highlighted one, to the trash, after asking."""
        self.desk.remove(self.chosen)

    def action_undo(self) -> None:
        """Bring back what was removed last."""
        self.desk.undo()
