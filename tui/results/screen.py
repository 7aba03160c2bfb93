"""The place Results: a table of series or cells, and the layer-wise plot of those selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from probing.errors import ProbingError
from probing.metric_names import METRICS
from tui.plot.along.x_axes import NAMES
from tui.plot.curve_plot import CurvePlot
from tui.plot.metric_choice import next_metric
from tui.plot.series import PARTS
from tui.processes.background import Latest, in_background
from tui.processes.tailer import Tailer
from tui.results import kept
from tui.results.arranged.arrangement import ORDERS, Arrangement
from tui.results.arranged.board import Board
from tui.results.figures.box import FigureBox
from tui.results.figures.learned import Learned
from tui.results.keys_and_layout import KEYS, LAYOUT, OF_FIGURES, OF_PINNED, OF_ROWS
from tui.results.prepared import Asked, Prepared
from tui.results.rows import ResultRows, extreme_word
from tui.results.run_frames import STEP_S, ResultsBook
from tui.results.table import ResultsTable
from tui.results.view import Drawn, Shown, Wish, drawn_of
from tui.texts.no_match import no_match
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.filter_line import FilterInput, FilterLine
from tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    import polars as pl

    from probing.logs.index.cells import Cells
    from probing.spec import Spec
    from tui.results.arranged.saved_views import View
    from tui.results.pivot import PivotWish
    from tui.texts.completion import Facts

NOTHING = "No results yet. Compose an experiment (1) and run it (Ctrl+R); F1: a tour."
READING = "Reading the results of the runs …"
WIDE = 120
NO_ROWS = ResultRows()
MANY = 2000  # lines that are sorted in a thread
ZOOMS = ("", "-plot", "-table")


class Gathered(NamedTuple):
    """All cells that were read, what is shown of them, and how many runs are to come."""

    cells: Cells | None
    found: Prepared | ProbingError | None
    n_to_come: int
    warnings: list[str]


class ResultsPane(Widget):
    """The table and the plot; both show the same metric."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    class Rerun(Message):
        """The user wants the spec of a run in Compose."""

        def __init__(self, spec: Spec) -> None:
            super().__init__()
            self.spec = spec

    class OpenTokens(Message):
        """The user wants the saved probes of a series, the parts of which are `series`."""

        def __init__(self, series: tuple[str, ...]) -> None:
            super().__init__()
            self.series = series

    class OpenPredictions(Message):
        """What the probe of a series sees is asked for, at a layer if one is read."""

        def __init__(
            self,
            frame: pl.DataFrame,
            key: tuple[str, ...],
            layer: int | None,
            pinned: Sequence[tuple[str, ...]],
        ) -> None:
            super().__init__()
            self.frame, self.key, self.layer, self.pinned = frame, key, layer, tuple(pinned)

    def __init__(self, tailer: Tailer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.book = ResultsBook(tailer)
        self.wish = Wish()
        self.tailer = tailer
        self._fulfilled: Wish | None = None
        self._n_to_come = 0
        self._is_due = False
        self.pinned: list[tuple[str, ...]] = []
        self.arrangement = Arrangement()
        self.pivot: PivotWish | None = None
        self._columns: tuple[Column, ...] = ()
        self._cells: Cells | None = None
        self._shown: Shown | None = None
        self._latest: Latest[Gathered] = Latest(self)
        self._boards: Latest[Board] = Latest(self)

    def compose(self) -> ComposeResult:
        """The filter, the table, and the plot."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield FilterLine("word, layer>3, control=, accuracy>=.8, run=NAME …")
                yield Static("", id="shared", markup=False)
                yield ResultsTable(id="results-table", empty=READING)
            learned = Learned(self.tailer)
            yield FigureBox(learned, "The plot shows the highlighted series.")

    @property
    def table(self) -> RowTable:
        """The table."""
        return self.query_one(RowTable)

    @property
    def figure(self) -> FigureBox:
        """The curves, or what stands in their place."""
        return self.query_one(FigureBox)

    @property
    def plot(self) -> CurvePlot:
        """The curves."""
        return self.figure.plot

    @property
    def _frame(self) -> pl.DataFrame | None:
        """All cells in all columns, which takes memory for each."""
        return self._cells.frame() if self._cells is not None and self._cells.height else None

    @property
    def shown(self) -> Shown | None:
        """What is shown; None where nothing was read yet."""
        return self._shown

    def on_mount(self) -> None:
        """Show the results that are known."""
        self._gather()

    def kept_state(self) -> dict[str, Any]:
        """Where the user is."""
        return kept.state_of(self)

    def take_state(self, state: dict[str, Any]) -> None:
        """Go back to where the user was."""
        self._wish(**kept.restored(self, state))

    def on_resize(self, event: events.Resize) -> None:
        """Place table and plot side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")

    @property
    def is_settled(self) -> bool:
        """Whether the rows are those asked for last; the next key waits for them."""
        is_typed = isinstance(self.app.focused, FilterInput)
        is_made = self._fulfilled == self.wish and self._boards.is_over
        return is_typed or (self.tailer.has_looked and is_made)

    @property
    def is_complete(self) -> bool:
        """Whether the rows are of all runs that they should be of."""
        return self._fulfilled == self.wish and not self._n_to_come and self._latest.is_over

    def refresh_runs(self, changed: list[str]) -> None:
        """Show the new cells of the runs that changed."""
        self.book.changed(changed)
        if not self.is_mounted or not (changed or self.table.empty == READING):
            return
        if self._latest.is_over:
            self._gather()
        else:
            # what is under way is shown first: news may come faster than it is made
            self._is_due |= bool(changed)

    def show_run(self, run_name: str) -> None:
        """Show the cells of one run."""
        self.book.ask(run_name)
        self.query_one(FilterLine).fill(f'run="{run_name}"')
        self._filtered()

    def _gather(self, seconds: float = 0.0) -> None:
        """Read runs that changed for so long, and make the rows, in a thread."""
        seconds, self._is_due = seconds or STEP_S, False
        wish, row = self.wish, self.table.row
        gathering = self.book.gather(seconds=seconds)
        runs = [view.run for view in self.tailer.views.values()]
        pinned, key = tuple(self.pinned), row.key if row else None
        asked = Asked(wish, self.arrangement, pinned, key, self.table.at, runs)

        def work() -> Gathered:
            read, found = gathering.whole(asked.prepare)
            return Gathered(read.cells, found, read.n_to_come, read.warnings)

        self._latest.ask(work, partial(self._gathered, wish, seconds))

    def _gathered(self, wish: Wish, seconds: float, value: Gathered | ProbingError) -> None:
        if not self.is_mounted:
            return
        self._fulfilled = wish
        if isinstance(value, ProbingError):
            self.notify(clean(value), severity="error", markup=False)
            return
        self._cells, self._n_to_come, found = value.cells, value.n_to_come, value.found
        for line in value.warnings:
            self.notify(clean(line), severity="warning", markup=False)
        self.query_one(FilterLine).tell(str(found) if isinstance(found, ProbingError) else "")
        if not isinstance(found, ProbingError):
            self._show(found)
        if value.n_to_come or self._is_due:
            # the rows are all made again after each step: ever fewer steps
            self._gather(2 * seconds if value.n_to_come else 0.0)

    def _show(self, found: Prepared | None) -> None:
        self._shown = found.shown if found else None
        if found and found.board.arrangement == self.arrangement:
            self._show_board(found.board)
        else:
            self.order_by(self.arrangement)

    def _empty(self) -> str:
        """What stands where there are no rows."""
        if self._n_to_come or not self.tailer.has_looked:
            return READING
        has_cells = self._cells is not None and self._cells.height
        return no_match("cell", self.wish.query) if self.wish.query and has_cells else NOTHING

    @property
    def _rows(self) -> ResultRows:
        return self._shown.rows if self._shown else NO_ROWS

    @property
    def wanted_keys(self) -> tuple[str, ...]:
        """The keys of most use to what is shown."""
        if self.figure.wanted.kind != "curves":
            return OF_FIGURES
        return OF_PINNED if self.pinned else OF_ROWS

    def _list(self) -> None:
        self.refresh_bindings()
        self._show_board(Board(self._rows, self.arrangement))

    def _show_board(self, board: Board | ProbingError) -> None:
        if isinstance(board, ProbingError) or board.rows is not self._rows:
            return  # other rows came, and were shown
        self.table.empty = self._empty()
        self._columns = board.columns
        self.table.show(board.titled(), board.shown_rows(self.pinned))
        self.query_one("#shared", Static).update(self._shared(), layout=False)
        self._draw()

    def _shared(self) -> str:
        """The line above the table: how much it shows, and what all rows share."""
        shown = self._shown
        n_runs = len(self.tailer.views)
        reading = [f"reading: {n_runs - self._n_to_come} of {n_runs} runs"] * (self._n_to_come > 0)
        if shown is None or not shown.metric:
            return " · ".join(reading)
        what = "cells" if self.wish.by_cell else "series"
        parts = [*reading, METRICS[shown.metric].title, f"{len(shown.rows.lines):,} {what}"]
        if not self.wish.by_cell:
            parts.append(counted(shown.n_cells, "cell"))
        if self.wish.by_cell:
            parts.append(f"> marks the {extreme_word(shown.metric)} of a series")
        if len(self.arrangement.sort) > 1:  # one of them may have no room
            parts.append(self.arrangement.told())
        if shown.n_folded:
            parts.append("controls: press c")
        return " · ".join([*parts, *shown.rows.shared])

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._draw()

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        """Ask for what the probe of the highlighted row sees."""
        event.stop()
        if self._frame is None or event.row is None:
            return
        key, layer = event.row.key, self.plot.cursor
        if len(key) > len(PARTS):
            layer = int(key[-1]) if key[-1].isdigit() else None
        self.post_message(self.OpenPredictions(self._frame, key[: len(PARTS)], layer, self.pinned))

    def _draw(self) -> None:
        shown, row = self._shown, self.table.row
        if shown is None or not shown.metric:
            self.figure.show(None, Drawn((), None), None, "")
            return
        key = row.key if row else None
        drawn = drawn_of(shown, key and key[: len(PARTS)], self.pinned)
        self.figure.show(shown, drawn, key and key[: len(PARTS)], _note(drawn))
        if key and len(key) > len(PARTS) and key[-1].isdigit():
            self.plot.move_to(int(key[-1]))

    def action_filter(self) -> None:
        """Filter the cells."""
        from tui.results.filter_facts import facts_of_cells

        self.remove_class("-plot")
        line, cells = self.query_one(FilterLine), self._cells
        line.enter()
        if cells is not None and cells.height:
            runs = [view.run for view in self.tailer.views.values()]
            facts = partial(facts_of_cells, cells, runs)
            in_background(self, facts, self._complete, keys_wait=True)

    def _complete(self, facts: Facts | ProbingError) -> None:
        if self.is_mounted and not isinstance(facts, ProbingError):
            self.query_one(FilterLine).offer(lambda: facts)
            self.query_one(FilterInput).learn()

    @on(FilterLine.Changed)
    def _filtered(self) -> None:
        self._wish(query=self.query_one(FilterLine).text)

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()

    def _wish(self, **changes: object) -> None:
        self.wish = replace(self.wish, **changes)  # type: ignore[arg-type]
        self._gather()

    @on(RowTable.HeaderClicked)
    def _sort_by(self, event: RowTable.HeaderClicked) -> None:
        event.stop()
        if self._columns:
            at = self.arrangement.places(self._columns)[event.column]
            self.order_by(self.arrangement.turned(self._columns[at].title, alone=True))

    def order_by(self, arrangement: Arrangement) -> None:
        """Show rows and columns in this order."""
        self.arrangement, rows = arrangement, self._rows
        if len(rows.lines) < MANY:
            self._list()
        else:
            self._boards.ask(lambda: Board(rows, arrangement).begun(), self._show_board)

    def action_order(self, how: str) -> None:
        """Sort by the next column, by a further one, or the other way round."""
        if self._columns:
            self.order_by(ORDERS[how](self.arrangement, self._columns))

    def show_view(self, view: View | None) -> None:
        """Show what was saved as a view."""
        if view is not None:
            self.arrangement, self.pivot = view.arrangement, view.pivot
            self.query_one(FilterLine).fill(view.wish.query)
            self._wish(**vars(view.wish))

    def action_metric(self, by: int) -> None:
        """Show another metric, in the table and in the plot."""
        if self._shown:
            self._wish(metric=next_metric(self._shown.metric, list(self._shown.metrics), by))

    def action_level(self) -> None:
        """One row per cell, or one per series again."""
        self._wish(by_cell=not self.wish.by_cell)

    def action_fold(self) -> None:
        """Rows of their own for controls, or their values in the rows of their tasks."""
        self._wish(unfolded=not self.wish.unfolded)

    def action_back(self) -> None:
        """Leave what lies over the table: the zoom, the filter, the reading line."""
        line = self.query_one(FilterLine)
        if self.has_class("-plot") or self.has_class("-table"):
            self.remove_class("-plot", "-table")
            self.table.focus()
        elif self.figure.view.has_focus:
            self.table.focus()
        elif line.text:
            line.drop()
        else:
            self.plot.leave_cursor()

    def action_pin(self) -> None:
        """Pin the highlighted series to the plot, or unpin it."""
        row = self.table.row
        if row is None:
            return
        key = row.key[: len(PARTS)]
        if key in self.pinned:
            self.pinned.remove(key)
        else:
            self.pinned.append(key)
        self._list()

    def action_unpin(self) -> None:
        """Unpin all series."""
        self.pinned.clear()
        self._list()

    def action_interval(self) -> None:
        """Draw intervals as whiskers, as a band or not at all."""
        self.plot.toggle_interval()
        self.figure.looked()

    def action_view(self) -> None:
        """Show curves, a heat map or small multiples."""
        kind = self.figure.next_kind()
        self.refresh_bindings()
        if kind == "curves" and not self.has_class("-plot"):
            self.table.focus()

    def action_axis(self) -> None:
        """Draw the curves along another x axis, of those that they have."""
        axis = self.figure.next_axis()
        told = f"x axis: {NAMES[axis]}" if axis else "these series have no other x axis"
        self.notify(told, timeout=2)

    def action_parts(self) -> None:
        """Choose the rows and columns of the heat map or of the panels."""
        self.figure.choose()

    def action_scale(self) -> None:
        """A linear y axis, or one of log odds."""
        if why := self.plot.toggle_scale():
            self.notify(why, timeout=3)
        self.figure.looked()

    def action_fit(self) -> None:
        """Fit the y axis to the task, or to the controls too."""
        self.plot.toggle_fit()
        self.figure.looked()

    def action_closer(self, closer: bool) -> None:
        """Show half of the x axis, or twice as much."""
        self.plot.zoom(closer)

    @on(FigureBox.Pointed)
    def _pointed(self, event: FigureBox.Pointed) -> None:
        """The cursor of the heat map moves the row of the table, and the curve."""
        event.stop()
        place = () if not self.wish.by_cell or event.layer is None else (str(event.layer),)
        self.table.highlight((*event.key, *place))
        if event.layer is not None:
            self.plot.move_to(event.layer)

    def action_cursor(self, by: int) -> None:
        """Read the values of the next or the previous layer."""
        self.plot.move_cursor(by)

    def action_zoom(self) -> None:
        """Show only the plot, then only the table, then both again."""
        at = next((at for at, zoom in enumerate(ZOOMS) if zoom and self.has_class(zoom)), 0)
        self.remove_class("-plot", "-table")
        if zoom := ZOOMS[(at + 1) % len(ZOOMS)]:
            self.add_class(zoom)
        (self.figure.view if zoom == "-plot" else self.table).focus()

    def action_tokens(self) -> None:
        """Show layers × tokens by the saved probes of the highlighted series."""
        row = self.table.row
        if row is None:
            self.notify("no series is highlighted", timeout=3)
            return
        self.post_message(self.OpenTokens(row.key[: PARTS.index("control")]))

    def action_verb(self, verb: str) -> None:
        """Do something with the rows: copy, export, compare, pivot …"""
        from tui.results.verbs.of_pane import do  # many dialogs: the first rows come without

        do(self, verb)


def _note(drawn: Drawn) -> str:
    return (
        f"{drawn.left_out} pinned series not drawn; press X to unpin all" if drawn.left_out else ""
    )
