"""The layer-wise plot as a widget, with a cursor to read values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual.widget import Widget

from probing.metric_names import METRICS
from tui.plot import charset
from tui.plot.along.x_axes import Along
from tui.plot.axis import layer_axis
from tui.plot.curves import Interval, draw
from tui.plot.drawing.fitting import FITS, Fit
from tui.plot.drawing.readout import common_n, interval_of, readout, told
from tui.plot.drawing.scales import SCALES, Scale, can_be_logit
from tui.plot.drawing.windows import Window, cut, cut_axis, following, zoomed
from tui.plot.legend import facts_lines
from tui.plot.pictures.picture import Panel, Picture
from tui.plot.series import Series
from tui.texts.characters import with_arrows

__all__ = ["CurvePlot", "interval_of", "told"]

INTERVALS: tuple[Interval, ...] = ("whiskers", "band", "none")
ROOMY = 20  # lines
GROUND, GROUND_OF_LIGHT = 235, 254  # behind the best layers


class Looks(NamedTuple):
    """How the plot is drawn."""

    interval: Interval = "whiskers"
    scale: Scale = "linear"
    fit: Fit = "task"
    window: Window | None = None


class CurvePlot(Widget, can_focus=True):
    """Draws series in its own size, again only if they or the size change."""

    DEFAULT_CSS = """
    CurvePlot {
        height: 1fr; width: 1fr; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self.empty = empty
        self.series: tuple[Series, ...] = ()
        self.metric = ""
        self.chance: float | None = None
        self.looks = Looks()
        self.cursor: int | None = None
        self.note = ""
        self.span: tuple[int, int] | None = None
        self.along: Along | None = None
        self._drawn: tuple[object, Text] | None = None

    @property
    def interval(self) -> Interval:
        """Which intervals are drawn."""
        return self.looks.interval

    @property
    def picture(self) -> Picture | None:
        """What is drawn, for a file; None where nothing is."""
        if not self.series:
            return None
        look = self.looks
        panel = Panel(cut(self.series, look.window), self.chance, "", self.along)
        return Picture(self.metric, (panel,), None, 1, look.interval, self._scale, look.fit)

    @property
    def _scale(self) -> Scale:
        """Log odds of shares alone."""
        return self.looks.scale if can_be_logit(self.metric) else "linear"

    def show(
        self,
        series: Sequence[Series],
        metric: str,
        chance: float | None,
        note: str = "",
        span: tuple[int, int] | None = None,
        along: Along | None = None,
    ) -> None:
        """Draw these series below `note`; the axis covers at least `span`, or is `along`."""
        shown = (tuple(series), metric, chance, note, span, along)
        before = (self.series, self.metric, self.chance, self.note, self.span, self.along)
        if shown != before:
            if along != self.along:
                self.looks = self.looks._replace(window=None)
            self.series, self.metric, self.chance, self.note, self.span, self.along = shown
            if self.cursor is not None and self.cursor not in self._layers():
                self.cursor = None
            self.refresh()

    def move_cursor(self, by: int) -> None:
        """Move the cursor by some layers; it starts at the first or the last."""
        layers = self._layers()
        if not layers:
            return
        if self.cursor is None:
            self.cursor = layers[0] if by > 0 else layers[-1]
        else:
            at = layers.index(self.cursor) + by
            self.cursor = layers[min(max(at, 0), len(layers) - 1)]
        window = following(layers, self.looks.window, self.cursor)
        self.looks = self.looks._replace(window=window)
        self.refresh()

    def move_to(self, layer: int) -> None:
        """Put the cursor on a layer."""
        if layer in self._layers() and layer != self.cursor:
            self.cursor = layer
            self.refresh()

    def leave_cursor(self) -> None:
        """Take the cursor away."""
        self.cursor = None
        self.refresh()

    def toggle_interval(self) -> None:
        """Switch between whiskers, band and none."""
        self._look(interval=INTERVALS[(INTERVALS.index(self.interval) + 1) % len(INTERVALS)])

    def toggle_scale(self) -> str:
        """Switch between a linear axis and one of log odds; says why it cannot."""
        if not can_be_logit(self.metric):
            return f"{METRICS[self.metric].title} is no share: it has no log odds"
        self._look(scale=SCALES[(SCALES.index(self.looks.scale) + 1) % len(SCALES)])
        return ""

    def toggle_fit(self) -> None:
        """Fit the y axis to the task, or to all that is drawn."""
        self._look(fit=FITS[(FITS.index(self.looks.fit) + 1) % len(FITS)])

    def zoom(self, closer: bool) -> None:
        """Show half of the x axis, around the cursor, or twice as much."""
        self._look(window=zoomed(self._layers(), self.looks.window, self.cursor, closer))

    def _look(self, **changes: object) -> None:
        self.looks = self.looks._replace(**changes)  # type: ignore[arg-type]
        self.refresh()

    def _layers(self) -> list[int]:
        return sorted({layer for one in self.series for layer in one.xs})

    def render(self) -> Text:
        """The plot; with a cursor, its values replace the legend."""
        if not self.series:
            return Text(self.empty, style="dim")
        width, height = self.content_size.width, self.content_size.height
        wanted = (
            width,
            height,
            self.series,
            self.metric,
            self.chance,
            self.looks,
            self.cursor,
            self.note,
            self.span,
            self.along,
            self._ground,
            charset.is_ascii(),
        )
        if self._drawn is None or self._drawn[0] != wanted:
            self._drawn = wanted, self._text(width, height)
        return self._drawn[1]

    @property
    def _ground(self) -> int | None:
        """The ground behind the best layers, as the theme is; none of few colours."""
        if charset.is_sixteen() or self.app.no_color:
            return None
        return GROUND if self.app.current_theme.dark else GROUND_OF_LIGHT

    def _text(self, width: int, height: int) -> Text:
        above = [Text(self.note[:width], style="bold")] if self.note else []
        window = self.looks.window
        shown = cut(self.series, window)
        layers = [layer for one in shown for layer in one.xs]
        axis = cut_axis(self.along.axis(width), window) if self.along else None
        if axis is None and window is not None:
            axis = layer_axis(layers, width)
        plot = draw(
            shown,
            self.metric,
            width,
            height - len(above),
            chance=self.chance,
            interval=self.looks.interval,
            scale=self._scale,
            fit=self.looks.fit,
            cursor=self.cursor,
            span=self.span,
            title=self._title(),
            x=axis,
            ground=self._ground,
            below=self._below(shown, width, height),
        )
        title, _, rest = plot.partition("\n")
        head = self._headed(title, width)
        return Text("\n", no_wrap=True).join([*above, head, Text.from_ansi(rest, no_wrap=True)])

    def _below(self, shown: Sequence[Series], width: int, height: int) -> list[str] | None:
        """The values at the cursor, in the place of the legend."""
        if self.cursor is None:
            return None
        facts = facts_lines(shown, self.chance, "none", width, 2 if height >= ROOMY else 1)
        most = max(height - len(facts) - 8, height // 3)
        ascii = charset.is_ascii()
        return [*readout(shown, self.cursor, width, most, ascii=ascii), *facts]

    def _title(self) -> str:
        """The metric and its axis, or where the cursor stands."""
        name = METRICS[self.metric].title
        odds = ", log odds" if self._scale == "logit" else ""
        if self.cursor is None:
            by = self.along.title if self.along else "by layer"
            part = ", part of the axis" if self.looks.window else ""
            return f"{name} {by}{odds}{part}"
        n = common_n(self.series)
        return f"{name}{odds}, {self._place()}{'' if n is None else f', n {n:,}'}"

    def _headed(self, title: str, width: int) -> Text:
        """The title, and a hint about the arrow keys if there is room."""
        hint = "← → read values" if self._layers() and self.cursor is None else ""
        hint = with_arrows(hint)
        room = width - len(title) - len(hint)
        if hint and room > 1:
            return Text.assemble((title, "bold"), " " * room, (hint, "dim"), no_wrap=True)
        return Text(title, style="bold", no_wrap=True)

    def _place(self) -> str:
        """Where the cursor stands, in words."""
        at = self.cursor or 0
        if self.along:
            return self.along.told(at)
        return f"layer {at}, the embeddings" if at == 0 else f"layer {at}"
