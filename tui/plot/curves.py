"""Draw a layer-wise plot as text: curves with intervals, controls, chance, legend and facts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from probing.metric_names import METRICS
from tui.plot import charset
from tui.plot.axis import Axis, layer_axis
from tui.plot.drawing.canvas import Canvas
from tui.plot.drawing.curve_drawing import Drawing
from tui.plot.drawing.curve_lines import draw_lines
from tui.plot.drawing.fitting import Fit, Interval, covered
from tui.plot.drawing.frame import framed
from tui.plot.drawing.interval_choice import Intervals, intervals_of
from tui.plot.drawing.scales import Scale, Vertical, vertical
from tui.plot.legend import facts_lines, flags_line, legend_lines
from tui.plot.marks import chance_look, grey, look_of
from tui.plot.series import Series, chance_level, is_shared, series_of

__all__ = ["Interval", "Series", "chance_level", "draw", "series_of"]

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
ROOMY = 12
_ESCAPES = re.compile("\x1b\\[[0-9;]*m")


def draw(
    series: Sequence[Series],
    metric: str,
    width: int,
    height: int,
    *,
    chance: float | None = None,
    colour: bool = True,
    ascii: bool | None = None,
    interval: Interval = "whiskers",
    cursor: int | None = None,
    span: tuple[int, int] | None = None,
    title: str = "",
    x: Axis | None = None,
    y: Axis | Vertical | None = None,
    scale: Scale = "linear",
    fit: Fit = "task",
    ground: int | None = None,
    below: Sequence[str] | None = None,
) -> str:
    """The plot of `series` in `width` columns and `height` lines, legend and facts included.

    Missing values leave gaps; a pooler that reduces several layers gives a level line; `cursor`
    marks a layer; the axis covers at least the layers of `span`; `title`, `x` and `y` replace
    those of layers and of the metric. The y axis fits the task with its intervals, or the
    controls too; marks at its edge, and the legend, tell what lies off it. The layers that cannot
    be told from the best have a heavy axis, and a `ground` where one is given. Lines `below`
    stand in the place of the legend and the facts. The text holds terminal colours if `colour`
    is set; without `ascii` the terminal says which characters it has.
    """
    ascii = charset.is_ascii() if ascii is None else ascii
    values = covered(series, chance, interval, fit)
    layers = [*(layer for one in series for layer in one.xs), *(span or ())]
    x = x or layer_axis(layers, width)

    def scaled(height: int) -> Vertical:
        if y is not None:
            return y if isinstance(y, Vertical) else Vertical(y)
        return vertical(metric, values, height, scale, whole=fit == "all")

    shown = intervals_of(series, interval, x, scaled(height), (width - 6, height))
    if below is None:
        below = _below(series, width, height, chance, interval, shown, scaled(height), ascii)
        below = below[: max(height - 1 - LEAST_HEIGHT, 2)]  # the curve before the flags
    below = list(map(charset.as_ascii, below)) if ascii else list(below)
    canvas_height = height - len(below) - 1
    if width < LEAST_WIDTH or canvas_height < LEAST_HEIGHT:
        lines = ["too small for the plot"[:width], *below][:height]
        return "\n".join(lines if colour else [_ESCAPES.sub("", line) for line in lines])
    upright = scaled(canvas_height - 2)
    columns = width - max(map(len, upright.axis.labels), default=0) - 1
    drawing = Drawing(Canvas(columns, canvas_height - 2), x, upright, ascii)
    if ground is not None:
        for start, end in best_stretches(series, x):
            drawing.canvas.stripe(drawing.column(start), drawing.column(end), ground)
    _paint(drawing, series, chance, interval, cursor)
    rows = drawing.canvas.rows(colour=colour)
    best = best_stretches(series, x)
    canvas = framed(rows, x, upright.axis, columns, ascii=ascii, best=best)
    title = title or f"{METRICS[metric].title} by layer"
    title = charset.as_ascii(title) if ascii else title
    lines = [title[:width], *canvas, *below]
    return "\n".join(lines if colour else [_ESCAPES.sub("", line) for line in lines])


def _below(
    series: Sequence[Series],
    width: int,
    height: int,
    chance: float | None,
    interval: Interval,
    shown: Intervals,
    upright: Vertical,
    ascii: bool,
) -> list[str]:
    """The legend, the facts and the flags."""
    most, off = max(height // 4, 1), _off(series, chance, upright)
    flags = flags_line(series, width)
    return [
        *legend_lines(series, width, most, chance, colour=True, ascii=ascii, off=off),
        *facts_lines(series, chance, interval, width, 2 if height >= ROOMY else 1, of=shown.whose),
        *([flags] if flags else []),
    ]


def _off(
    series: Sequence[Series], chance: float | None, upright: Vertical
) -> dict[str | None, list[tuple[int, float]]]:
    """By the control, empty for chance, the values that lie below (-1) or above the axis."""
    found: dict[str | None, list[tuple[int, float]]] = {}
    for one in series:
        for point in one.points:
            if one.control and (side := upright.hides(point.value)):
                found.setdefault(one.control, []).append((side, point.value))
    if chance is not None and (side := upright.hides(chance)):
        found[""] = [(side, chance)]
    return found


def _paint(
    drawing: Drawing,
    series: Sequence[Series],
    chance: float | None,
    interval: Interval,
    cursor: int | None,
) -> None:
    """Everything on the canvas, what matters most last."""
    canvas, ascii = drawing.canvas, drawing.ascii
    size = canvas.width, canvas.height
    shown = intervals_of(series, interval, drawing.x, drawing.y, size)
    first_last = list(reversed(series))
    layered = [(one, look_of(one, ascii)) for one in sorted(first_last, key=_height)]
    for one, look in layered:
        if one.key in shown.banded:
            drawing.band(one, look, shown.banded[one.key])
    if cursor is not None:
        canvas.column(drawing.column(cursor), 0, canvas.height - 1, ":", grey())
    if chance is not None:
        drawing.level(chance, chance_look(ascii))
    for one, look in layered:
        if one.key in shown.whiskered:
            drawing.whiskers(one, look, interval, shown.asides.get(one.key, 0))
    curves = [(one, look, shown.asides.get(one.key, 0)) for one, look in layered]
    for one, look, aside in curves:
        drawing.flat(one, look)
        if not _height(one):
            drawing.marks(one, look, aside)
    draw_lines(drawing, curves)
    for one, look, aside in curves:
        if _height(one):
            drawing.marks(one, look, aside)


def _height(one: Series) -> int:
    """The order of drawing: the task above its controls, levels below all."""
    is_level = is_shared(one.key) or one.control == "majority"  # of old runs for each layer
    return 0 if is_level else 1 if one.control else 2


def best_stretches(series: Sequence[Series], x: Axis) -> list[tuple[float, float]]:
    """The stretches of the x axis where the first task cannot be told from its best layer."""
    first = next((one for one in series if not one.control), None)
    if first is None or len(first.points) < 2:
        return []
    half = first.step / 2
    layers = [point.layer for point in first.points if point.is_best and point.layer is not None]
    found: list[tuple[float, float]] = []
    for layer in layers:
        if found and layer - half <= found[-1][1]:
            found[-1] = found[-1][0], layer + half
        elif x.low <= layer <= x.high:
            found.append((layer - half, layer + half))
    return found
