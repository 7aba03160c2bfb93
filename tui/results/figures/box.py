"""The figure beside the table: curves, a heat map with the curve below, or small multiples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from probing.errors import ProbingError
from tui.dialogs.menu import Item, MenuScreen
from tui.plot.along.x_axes import KINDS as KINDS_OF_AXES
from tui.plot.along.x_axes import LAYER, TEXTS, Along, middle_layer, over
from tui.plot.curve_plot import INTERVALS, CurvePlot
from tui.plot.drawing.fitting import FITS
from tui.plot.drawing.scales import SCALES
from tui.plot.grids.grid_view import GridView
from tui.plot.panels.panels_view import PanelsView
from tui.plot.pictures.picture import KINDS, Kind, Picture
from tui.plot.series import Series
from tui.processes.background import in_background
from tui.results.figures.kin import kin_of
from tui.results.figures.learned import Learned
from tui.results.figures.making import Made, Wanted, axes_of, choices_of, made_of
from tui.results.view import Drawn, Shown

Key = tuple[str, ...]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOOKS: Mapping[str, Sequence[str]] = {"interval": INTERVALS, "scale": SCALES, "fit": FITS}
LEAST_OF_CURVE = 14
ROOM_FOR_BOTH = 26  # lines of a heat map with a curve below


class FigureBox(Vertical):
    """What the highlighted and the pinned series look like, in the way that was asked for."""

    DEFAULT_CSS = """
    FigureBox {
        height: 1fr; width: 1fr;
        & > GridView, & > PanelsView { display: none; }
        &.-heatmap > GridView { display: block; }
        &.-heatmap > CurvePlot { border-top: solid $primary-muted; }
        &.-heatmap.-short > CurvePlot { display: none; }
        &.-multiples > PanelsView { display: block; }
        &.-multiples > CurvePlot { display: none; }
    }
    """

    class Pointed(Message):
        """The cursor of the heat map is on a series, at a layer."""

        def __init__(self, key: Key, layer: int | None) -> None:
            super().__init__()
            self.key, self.layer = key, layer

    def __init__(self, learned: Learned, empty: str) -> None:
        super().__init__()
        self.wanted = Wanted()
        self._learned, self._empty = learned, empty
        self._shown: Shown | None = None
        self._drawn: Drawn = Drawn((), None)
        self._key: Key | None = None
        self._note = ""
        self._layer: int | None = None

    def compose(self) -> ComposeResult:
        """The three ways."""
        yield GridView()
        yield PanelsView()
        yield CurvePlot(empty=self._empty)

    @property
    def plot(self) -> CurvePlot:
        """The curves."""
        return self.query_one(CurvePlot)

    @property
    def grid(self) -> GridView:
        """The heat map."""
        return self.query_one(GridView)

    @property
    def panels(self) -> PanelsView:
        """The small multiples."""
        return self.query_one(PanelsView)

    @property
    def view(self) -> CurvePlot | GridView | PanelsView:
        """The one that is looked at."""
        if self.wanted.kind == "heatmap":
            return self.grid
        return self.plot if self.wanted.kind == "curves" else self.panels

    @property
    def picture(self) -> Picture | None:
        """What is drawn, for a file."""
        return self.view.picture

    def on_resize(self, event: events.Resize) -> None:
        """Leave the curve out below a heat map where there is room for one of them."""
        self.set_class(event.size.height < ROOM_FOR_BOTH, "-short")
        self._share_room()

    def _share_room(self) -> None:
        """The heat map takes the lines that it needs, the curve below it the others."""
        room = self.size.height - LEAST_OF_CURVE
        is_short = self.has_class("-short")
        self.grid.styles.height = (
            "1fr" if is_short else min(self.grid.least_height(self.size.width - 2), room)
        )

    def show(self, shown: Shown | None, drawn: Drawn, key: Key | None, note: str) -> None:
        """Draw the figure around the highlighted series."""
        self._shown, self._drawn, self._key, self._note = shown, drawn, key, note
        self._show_curves()
        self._make()

    def _show_curves(self) -> None:
        shown, drawn = self._shown, self._drawn
        if shown is None:
            self.plot.show((), "", None)
            return
        found = self._along(shown, drawn)
        series, along = found if found else (list(drawn.series), None)
        self.plot.show(series, shown.metric, drawn.chance, self._note, along=along)

    def _along(self, shown: Shown, drawn: Drawn) -> tuple[list[Series], Along] | None:
        """The series along the axis that is asked for; None for layers, or where it has none."""
        axis = self.wanted.axis
        if axis == LAYER or not drawn.series:
            return None
        layer = middle_layer(drawn.series, LAYER) if self._layer is None else self._layer
        if axis == TEXTS:
            from tui.plot.along.learning import over_texts  # polars, which rows needed already

            frame = self._learned.frame(drawn.series[0].key[0], shown.metric)
            return None if frame is None else over_texts(frame, drawn.series, layer)
        kin = kin_of(shown, [one.key for one in drawn.series if not one.control])
        return over(axis, drawn.series, kin, layer)

    def _make(self) -> None:
        """Make the heat map or the panels, in a thread; the keys after it wait."""
        shown, wanted, key = self._shown, self.wanted, self._key
        if shown is None or wanted.kind == "curves":
            return
        looks = self.plot.looks
        in_background(self, lambda: made_of(shown, wanted, looks, key), self._made, keys_wait=True)

    def _made(self, made: Made | ProbingError) -> None:
        if isinstance(made, ProbingError) or not self.is_mounted:
            return
        metric = self._shown.metric if self._shown else ""
        if made.grid is not None or self.wanted.kind == "heatmap":
            self.grid.show(made.grid, metric, self._key, self.plot.cursor)
            self._share_room()
        if self.wanted.kind == "multiples":
            self.panels.show(made.panels, made.note)

    @on(GridView.Pointed)
    def _pointed(self, event: GridView.Pointed) -> None:
        event.stop()
        self.post_message(self.Pointed(event.key, event.layer))

    def kept_state(self) -> dict[str, Any]:
        """How the figure is drawn."""
        looks = {name: value for name, value in self.plot.looks._asdict().items() if name in LOOKS}
        return {"kind": self.wanted.kind, "axis": self.wanted.axis, **looks}

    def take_state(self, state: Mapping[str, Any]) -> None:
        """Draw it as it was drawn; what is not known is passed over."""
        if not self.is_mounted:
            self.call_after_refresh(self.take_state, state)
            return
        looks = {name: state[name] for name, known in LOOKS.items() if state.get(name) in known}
        self.plot.looks = self.plot.looks._replace(**looks)
        if state.get("axis") in KINDS_OF_AXES:
            self.wanted = replace(self.wanted, axis=state["axis"])
        if state.get("kind") in KINDS:
            self._show_kind(state["kind"])

    def _show_kind(self, kind: Kind) -> None:
        self.wanted = replace(self.wanted, kind=kind)
        for one in KINDS:
            self.set_class(one == kind, f"-{one}")
        self._make()

    def next_kind(self) -> Kind:
        """Curves, then a heat map, then small multiples."""
        kind = KINDS[(KINDS.index(self.wanted.kind) + 1) % len(KINDS)]
        self._show_kind(kind)
        self.view.focus()
        return kind

    def next_axis(self) -> str:
        """Another x axis of those that these series have; of one layer, that of the cursor."""
        shown, drawn = self._shown, self._drawn
        if shown is None or not drawn.series:
            return ""
        kinds = axes_of(shown, drawn, self._learned.has)
        at = kinds.index(self.wanted.axis) if self.wanted.axis in kinds else 0
        axis = kinds[(at + 1) % len(kinds)]
        if self.plot.along is None:
            self._layer = self.plot.cursor
        self.wanted = replace(self.wanted, axis=axis)
        self.plot.leave_cursor()
        self._show_curves()
        self._make()
        return axis if len(kinds) > 1 else ""

    def choose(self) -> None:
        """Ask for the rows and columns of the heat map, or of the panels."""
        if self._shown is None or self.wanted.kind == "curves":
            self.notify("v shows a heat map or small multiples first", timeout=3)
            return
        choices = choices_of(self._shown, self.wanted.kind, self._key)[: len(LETTERS)]
        if not choices:
            self.notify("these series differ in nothing else", timeout=3)
            return
        items = [
            Item(letter, " × ".join(part for part in by if part))
            for letter, by in zip(LETTERS, choices, strict=False)
        ]
        by_letter = dict(zip(LETTERS, choices, strict=False))

        def chosen(letter: str | None) -> None:
            if letter is not None:
                self.wanted = self.wanted.of(by_letter[letter])
                self._make()

        self.app.push_screen(MenuScreen("Rows × columns", items), chosen)

    def looked(self) -> None:
        """The looks of the curves have changed: so have those of the panels."""
        if self.wanted.kind == "multiples":
            self._make()
