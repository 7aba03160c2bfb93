"""The layer-wise plot as a widget, with a cursor to read values."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from probing.metric_names import METRICS
from tui.plot import charset
from tui.plot.axis import short
from tui.plot.curves import Interval, draw
from tui.plot.marks import look_of
from tui.plot.series import Point, Series
from tui.plot.x_axes import Along

INTERVALS: tuple[Interval, ...] = ("whiskers", "band", "none")


class CurvePlot(Widget, can_focus=True):
    """Draws series in its own size, again only if they or the size change."""

    help_line = (
        "A score for each layer, with its interval; ← and → read off every series at a layer."
    )

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
        self.interval: Interval = "whiskers"
        self.cursor: int | None = None
        self.note = ""
        self.span: tuple[int, int] | None = None
        self.along: Along | None = None
        self._drawn: tuple[object, Text] | None = None

    def show(
        self,
        series: Sequence[Series],
        metric: str,
        chance: float | None,
        note: str = "",
        span: tuple[int, int] | None = None,
        along: Along | None = None,
    ) -> None:
        """Draw these series below `note`; the axis covers at least `span`, or is `along` steps."""
        shown = (tuple(series), metric, chance, note, span, along)
        before = (self.series, self.metric, self.chance, self.note, self.span, self.along)
        if shown != before:
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
        self.interval = INTERVALS[(INTERVALS.index(self.interval) + 1) % len(INTERVALS)]
        self.refresh()

    def _layers(self) -> list[int]:
        return sorted({layer for one in self.series for layer in one.xs})

    def render(self) -> Text:
        """The plot; with a cursor, its values replace the title."""
        if not self.series:
            return Text(self.empty, style="dim")
        width, height = self.content_size.width, self.content_size.height
        wanted = (
            width,
            height,
            self.series,
            self.metric,
            self.chance,
            self.interval,
            self.cursor,
            self.note,
            self.span,
            self.along,
        )
        if self._drawn is None or self._drawn[0] != wanted:
            self._drawn = wanted, self._text(width, height)
        return self._drawn[1]

    def _text(self, width: int, height: int) -> Text:
        above = [Text(self.note[:width], style="bold")] if self.note else []
        read = [] if self.cursor is None else self._readout(width, max(height // 4, 1))
        plot = draw(
            self.series,
            self.metric,
            width,
            height - len(above) - max(len(read) - 1, 0),
            chance=self.chance,
            interval=self.interval,
            cursor=self.cursor,
            span=self.span,
            title=f"{METRICS[self.metric].title} {self.along.title}" if self.along else "",
            x=self.along.axis(width) if self.along else None,
        )
        title, _, rest = plot.partition("\n")
        head = read or [self._title(title, width)]
        return Text("\n", no_wrap=True).join([*above, *head, Text.from_ansi(rest, no_wrap=True)])

    def _title(self, title: str, width: int) -> Text:
        """The plot's title, and a hint about the arrow keys if there is room."""
        hint = "← → read values" if self._layers() else ""
        room = width - len(title) - len(hint)
        text = Text(title, style="bold", no_wrap=True)
        if hint and room > 1:
            text = Text.assemble((title, "bold"), " " * room, (hint, "dim"), no_wrap=True)
        return text

    def _readout(self, width: int, most: int) -> list[Text]:
        """Values at the cursor's layer, with the mark of each series, in at most `most` lines."""
        sizes = {point.n for one in self.series for point in one.points}
        n_texts = f", n {sizes.pop():,}" if len(sizes) == 1 else ""
        title = METRICS[self.metric].title
        lines = [Text(no_wrap=True).append(f"{title}, {self._place()}{n_texts}: ", "bold")]
        for at, one in enumerate(self.series):
            entry = self._entry(one)
            if lines[-1].cell_len + entry.cell_len > width and len(lines) == most:
                lines[-1].append(f"+{len(self.series) - at}")
                break
            if lines[-1].cell_len + entry.cell_len > width:
                lines.append(Text("  ", no_wrap=True))
            lines[-1].append_text(entry).append("  ")
        return lines

    def _place(self) -> str:
        """Where the cursor stands, in words."""
        at = self.cursor or 0
        if self.along:
            return self.along.told(at)
        return f"layer {at}, the embeddings" if at == 0 else f"layer {at}"

    def _entry(self, one: Series) -> Text:
        """The mark of a series and its value at the cursor's layer, or at all of them."""
        point = one.flat or (one.at(self.cursor) if self.cursor is not None else None)
        look = look_of(one, charset.is_ascii())
        entry = Text(f"{look.point} ", style=f"color({look.colour})")
        return entry.append(told(point) if point else "no value")


def told(point: Point) -> str:
    """A value with its interval: `.91 [.87, .94]`."""
    return f"{short(point.value)} {interval_of(point)}".rstrip()


def interval_of(point: Point) -> str:
    """`[.87, .94]`, or nothing if the interval is unknown."""
    if point.low is None or point.high is None:
        return ""
    return f"[{short(point.low)}, {short(point.high)}]"
