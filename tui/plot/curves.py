"""Draw a layer-wise plot as text: curves with intervals, controls, chance, legend and facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from probing.metric_names import METRICS
from tui.plot import charset
from tui.plot.axis import Axis, layer_axis, metric_axis
from tui.plot.legend import facts_lines, flags_line, legend_lines
from tui.plot.marks import Look, chance_look, grey, look_of
from tui.plot.series import Point, Series, chance_level, is_shared, series_of

__all__ = ["Interval", "Series", "chance_level", "draw", "series_of"]

Interval = Literal["whiskers", "band", "none"]
LEAST_WIDTH, LEAST_HEIGHT = 16, 4
ROOMY = 12
PLAIN = str.maketrans("┤│└─┬·", "||+-+.")  # the frame in ASCII
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
    y: Axis | None = None,
) -> str:
    """The plot of `series` in `width` columns and `height` lines, legend and facts included.

    Missing values leave gaps; a pooler that reduces several layers gives a level line; `cursor`
    marks a layer; the axis covers at least the layers of `span`; `title`, `x` and `y` replace
    those of layers and of the metric. The text holds terminal
    colours if `colour` is set; without `ascii` the terminal says which characters it has.
    """
    ascii = charset.is_ascii() if ascii is None else ascii
    below = [
        *legend_lines(series, width, max(height // 4, 1), chance, colour=colour, ascii=ascii),
        *facts_lines(series, chance, interval, width, 2 if height >= ROOMY else 1),
    ]
    flags = flags_line(series, width)
    below += [flags] if flags else []
    below = list(map(charset.as_ascii, below)) if ascii else below
    canvas_height = height - len(below) - 1
    if width < LEAST_WIDTH or canvas_height < LEAST_HEIGHT:
        return "\n".join(["too small for the plot"[:width], *below][:height])
    told = _told(series, chance, interval)
    layers = [*(layer for one in series for layer in one.xs), *(span or ())]
    x, y = x or layer_axis(layers, width), y or metric_axis(metric, told, canvas_height)
    canvas = _canvas(series, (x, y), width, canvas_height, chance, interval, cursor, ascii)
    title = title or f"{METRICS[metric].title} by layer"
    title = charset.as_ascii(title) if ascii else title
    canvas = [line.translate(PLAIN) for line in canvas] if ascii else canvas
    lines = [title[:width], *canvas, *below]
    return "\n".join(lines if colour else [_ESCAPES.sub("", line) for line in lines])


def _canvas(
    series: Sequence[Series],
    axes: tuple[Axis, Axis],
    width: int,
    height: int,
    chance: float | None,
    interval: Interval,
    cursor: int | None,
    ascii: bool,
) -> list[str]:
    x, y = axes
    figure = _figure(x, y, width, height)
    columns = width - max(map(len, y.labels)) - 1
    if cursor is not None:
        figure.plot([cursor, cursor], [y.low, y.high], marker=":", color=grey())
    if chance is not None:
        _level(figure, x, y, chance, chance_look(ascii), columns)
    first_last = list(reversed(series))
    layered = [(one, look_of(one, ascii)) for one in sorted(first_last, key=_height)]
    for one, look in layered:
        if interval != "none":
            _intervals(figure, one, look, y, interval, columns, x)
    for one, look in layered:
        _curve(figure, one, look, x, y, columns)
    return [line for line in figure.build().split("\n") if line]


def _height(one: Series) -> int:
    """The order of drawing: the task above its controls, levels below all."""
    is_level = is_shared(one.key) or one.control == "majority"  # of old runs for each layer
    return 0 if is_level else 1 if one.control else 2


def _told(series: Sequence[Series], chance: float | None, interval: Interval) -> list[float]:
    """Every value that the y axis must cover."""
    points = [(point, one.is_reference) for one in series for point in one.points]
    bounds = [point.bounds(interval == "band" or always) for point, always in points]
    ends = [end for bound in bounds for end in bound if interval != "none"]
    told = [*(point.value for point, _ in points), *ends, chance]
    return [value for value in told if value is not None]


def _figure(x: Axis, y: Axis, width: int, height: int) -> Any:
    from plotext._figure import _figure_class  # 0.03 s; its own figure, not the global one

    figure = _figure_class()
    figure._limit_size(False, False)
    figure.plotsize(width, height)
    figure._set_size(width, height)
    figure.theme("clear")
    figure.frame(False)
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    figure.xlim(x.low, x.high)
    figure.ylim(y.low, y.high)
    figure.xticks(list(x.ticks), list(x.labels))
    figure.yticks(list(y.ticks), list(y.labels))
    return figure


def _level(figure: Any, x: Axis, y: Axis, value: float, look: Look, columns: int) -> None:
    """A level line through the whole plot."""
    at = [x.low + (x.high - x.low) * (column + 0.5) / columns for column in range(columns)]
    figure.scatter(at, [y.clip(value)] * columns, marker=look.line, color=look.colour)


def _intervals(
    figure: Any, one: Series, look: Look, y: Axis, interval: Interval, columns: int, x: Axis
) -> None:
    known = [
        (point.layer, y.clip(low), y.clip(high))
        for point in one.points
        for low, high in [point.bounds(interval == "band" or one.is_reference)]
        if point.layer is not None and low is not None and high is not None
    ]
    if one.flat is not None and not is_shared(one.key):
        _whisker(figure, one.flat, look, y, (x.low, x.high))
    if interval == "whiskers" or len(known) == 1:
        for layer, low, high in known:
            figure.plot([layer] * 2, [low, high], marker=look.whisker, color=look.colour)
        return
    for left, right in pairwise(known):
        if right[0] - left[0] <= one.stride:
            _band(figure, left, right, look, columns / (x.high - x.low))


def _whisker(figure: Any, flat: Point, look: Look, y: Axis, ends: tuple[float, float]) -> None:
    """The interval of a level, at both of its ends."""
    if flat.low is not None and flat.high is not None:
        for end in ends:
            bounds = [y.clip(flat.low), y.clip(flat.high)]
            figure.plot([end] * 2, bounds, marker=look.whisker, color=look.colour)


Bounds = tuple[int, float, float]


def _band(figure: Any, left: Bounds, right: Bounds, look: Look, per_layer: float) -> None:
    """The interval between two neighbouring layers, shaded column by column."""
    steps = max(round(per_layer * (right[0] - left[0])), 1)
    for step in range(steps + 1):
        share = step / steps
        at, low, high = (a + (b - a) * share for a, b in zip(left, right, strict=True))
        figure.plot([at, at], [low, high], marker=look.band, color=look.colour)


def _curve(figure: Any, one: Series, look: Look, x: Axis, y: Axis, columns: int) -> None:
    if one.flat is not None:
        _level(figure, x, y, one.flat.value, look, columns)
        ends = [y.clip(one.flat.value)] * 2
        figure.scatter([x.low, x.high], ends, marker=look.point, color=look.colour)
    for run in _unbroken(one):
        xs, ys = [point[0] for point in run], [y.clip(point[1]) for point in run]
        if len(run) > 1:
            figure.plot(xs, ys, marker=look.line, color=look.colour)
        figure.scatter(xs, ys, marker=look.point, color=look.colour)


def _unbroken(one: Series) -> list[list[tuple[int, float]]]:
    """The points cut where a layer of the series' own grid is missing."""
    runs: list[list[tuple[int, float]]] = []
    for at, value in zip(one.xs, one.ys, strict=True):
        if runs and at - runs[-1][-1][0] <= one.stride:
            runs[-1].append((at, value))
        else:
            runs.append([(at, value)])
    return runs
